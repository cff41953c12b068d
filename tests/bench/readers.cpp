// Readers that do not live on the event loop, in tight loops of small reads on one connection: how their credit
// travels. usage: readers thread|actor READERS READ_BYTES BYTES_EACH URL [CA_FILE] `thread`: the blocking facade, a
// thread each; `actor`: actors on CAF's own scheduler. Prints seconds, bytes, credits sent and handled, and the most
// that was outstanding.
#include <sluice/actors/blocking.hpp>
#include <sluice/actors/for_each.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

using namespace sluice;

struct settings {
  std::size_t readers;
  std::uint64_t read_bytes, bytes_each;
  std::string url;
};
std::atomic<std::uint64_t> total{0};

[[noreturn]] void fail(const failure& why) {
  std::fprintf(stderr, "%s\n", to_string(why).c_str());
  std::_Exit(1);
}

client_stats read_in_threads(const settings& with, const client_config& config) {
  blocking::client http{config};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < with.readers; ++i)
    threads.emplace_back([&] {
      auto got = http.get(with.url);
      if (!got)
        fail(got.error());
      for (std::uint64_t n = 0; n < with.bytes_each;) {
        auto piece = got->read(decoded_bytes{with.read_bytes});
        if (!piece)
          fail(piece.error());
        if (piece->empty())
          break;
        n += piece->size();
        total += piece->size();
      }
    });
  for (auto& thread : threads)
    thread.join();
  auto stats = http.stats();
  return stats ? *stats : client_stats{};
}

/// Ends when it has cancelled the body, or read it to its end.
void read_one(caf::event_based_actor* self, const client& http, const settings& with) {
  request wanted;
  wanted.url = with.url;
  self->request(http, caf::infinite, wanted)
      .then(
          [self, with](response& got) {
            auto left = std::make_shared<std::uint64_t>(with.bytes_each);
            for_each(
                self, got.body,
                [self, left, body = caf::actor_cast<caf::actor_addr>(got.body)](const chunk& data) {
                  total += data.size();
                  *left -= std::min<std::uint64_t>(*left, data.size());
                  if (*left == 0)
                    self->send(caf::actor_cast<body_reader>(body), cancel_atom::value);
                },
                [](const failure& why) {
                  if (why && why.code != errc::cancelled)
                    fail(why);
                },
                decoded_bytes{with.read_bytes});
          },
          [](const caf::error& why) { fail(failure_of(why)); });
}

client_stats read_in_actors(const settings& with, const client_config& config) {
  caf::actor_system_config system_settings;
  configure(system_settings);
  caf::actor_system system{system_settings};
  runtime loops{system};
  auto http = loops.spawn_client(config);
  if (!http)
    fail(http.error());
  caf::scoped_actor self{system};
  for (std::size_t i = 0; i < with.readers; ++i)
    self->spawn<caf::monitored>(read_one, *http, with);
  for (std::size_t i = 0; i < with.readers; ++i)
    self->receive([](const caf::down_msg&) {});
  client_stats result;
  self->request(*http, caf::infinite, stats_atom::value)
      .receive([&](client_stats& figures) { result = figures; }, [](caf::error& why) { fail(failure_of(why)); });
  return result;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 6)
    return 2;
  const settings with{std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10),
                      std::strtoull(argv[4], nullptr, 10), argv[5]};
  client_config config;
  config.connections_per_origin = 1;
  config.stalled_streams_per_connection = config.http2.concurrent_streams = with.readers + 1;
  if (argc > 6)
    config.tls.ca_file = argv[6];
  const auto begun = std::chrono::steady_clock::now();
  const auto got = std::strcmp(argv[1], "thread") == 0 ? read_in_threads(with, config) : read_in_actors(with, config);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  std::printf("%f %llu %llu %llu %llu\n", seconds.count(), static_cast<unsigned long long>(total),
              static_cast<unsigned long long>(got.flow.credits_sent),
              static_cast<unsigned long long>(got.flow.credits_handled),
              static_cast<unsigned long long>(got.flow.outstanding_peak.value));
}
