// Fetches a URL from within an actor: request, for_each, and cancel when enough was read.
// usage: example_actor_get URL [AT_MOST_BYTES]
#include <sluice/actors/for_each.hpp>
#include <sluice/actors/runtime.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace {

struct fetcher_state {
  static inline const char* name = "fetcher";
  std::uint64_t bytes = 0;
};

/// Ends when the body has ended, for any reason.
void fetch(caf::stateful_actor<fetcher_state>* self, const sluice::client& http, const std::string& url,
           std::uint64_t at_most) {
  sluice::request wanted;
  wanted.url = url;
  wanted.deadlines.head = std::chrono::seconds{30};
  self->request(http, caf::infinite, wanted)
      .then(
          [self, at_most](sluice::response& got) {
            std::cout << got.head.status << ' ' << got.head.reason << '\n';
            // `got.body` is the only handle of the body. for_each keeps it until `done`; dropping it would cancel the
            // body.
            sluice::for_each(
                self, got.body,
                [self, at_most, body = caf::actor_cast<caf::actor_addr>(got.body)](const sluice::chunk& data) {
                  self->state.bytes += data.size(); // `data` counts as consumed when this function returns
                  if (self->state.bytes >= at_most)
                    if (auto handle = caf::actor_cast<sluice::body_reader>(body))
                      self->send(handle,
                                 sluice::cancel_atom::value); // the origin is stopped; `done` gets errc::cancelled
                },
                [self](const sluice::failure& why) {
                  std::cout << self->state.bytes << " bytes, " << (why ? to_string(why) : "complete") << '\n';
                });
          },
          [](const caf::error& why) { std::cerr << to_string(sluice::failure_of(why)) << '\n'; });
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " URL [AT_MOST_BYTES]\n";
    return 2;
  }
  caf::actor_system_config settings;
  sluice::configure(settings); // before the system is made
  caf::actor_system system{settings};
  sluice::runtime loops{system}; // after the system: it ends first, and waits for its actors
  auto http = loops.spawn_client();
  if (!http) {
    std::cerr << to_string(http.error()) << '\n';
    return 1;
  }
  caf::scoped_actor self{system};
  auto worker =
      self->spawn(fetch, *http, std::string{argv[1]}, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX);
  self->wait_for(worker);
}
