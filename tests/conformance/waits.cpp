// Every wait ends: what an origin withholds costs an exchange its time, and nobody else theirs.
#include "../actors/fixture.hpp"
#include "ways.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

/// An origin that stops reading the body of a request, after a few bytes and for longer than any test.
constexpr const char* deaf = "/upload?pause_after=1000&pause_ms=600000";

client_config one_connection(const way& chosen_way) {
  client_config config;
  config.connections_per_origin = 1;
  config.drain_timeout = 50ms;
  return over(chosen_way, config);
}

request upload_to(std::string url, std::chrono::milliseconds silence) {
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = std::move(url);
  outgoing.body = request_body::of(std::string(64u << 20, 'u'));
  outgoing.deadlines.upload_silence = silence;
  return outgoing;
}

/// A port whose connections the kernel completes, and on which nobody ever answers.
struct silent_listener {
  silent_listener() {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    BOOST_REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&here), size) == 0);
    BOOST_REQUIRE(::listen(listening, 256) == 0);
    BOOST_REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&here), &size) == 0);
    port = ntohs(here.sin_port);
  }
  ~silent_listener() { ::close(listening); }
  silent_listener(const silent_listener&) = delete;
  silent_listener& operator=(const silent_listener&) = delete;

  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = 0;
};

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(waits)

BOOST_DATA_TEST_CASE(an_abandoned_rest_that_never_comes_gives_its_place_back,
                     data::make(ways) * data::make({"cancel", "drop", "total", "peer_silence"}), way, how) {
  fixture f{one_connection(way)};
  const std::string end = how;
  request outgoing;
  outgoing.url =
      at(f, way, "/fault/stall?bytes=60000&after=1000"); // less is to come than an abandoned body is drained for
  if (end == "total")
    outgoing.deadlines.total = 100ms;
  if (end == "peer_silence")
    outgoing.deadlines.peer_silence = 100ms;
  {
    auto got = take(f.fetch(outgoing));
    if (end == "cancel")
      f.self->send(got.body, cancel_atom::value);
    else if (end != "drop")
      BOOST_TEST(!!f.drain(got.body).problem);
  }
  BOOST_TEST(f.drain(take(f.fetch(at(f, way, "/bytes/1k"))).body).bytes == 1024u); // there is only one place
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_little_rest_that_does_come_keeps_its_connection, data::make(ways), way) {
  fixture f{over(way)};
  for (int i = 0; i < 20; ++i) {
    auto got = take(f.fetch(at(f, way, "/bytes/60000")));
    f.self->send(got.body, cancel_atom::value);
  }
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(an_origin_that_stops_reading_an_upload_is_given_up, data::make(ways), way) {
  fixture f{over(way)};
  auto got = f.fetch(upload_to(at(f, way, deaf), 200ms));
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().code == errc::peer_silent), to_string(got.error()));
  BOOST_TEST(got.error().detail.find("upload_silence") != std::string::npos, to_string(got.error()));
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(a_source_that_is_slow_is_not_the_origins_silence, data::make(ways), way) {
  fixture f{over(way)};
  auto source = f.system.spawn<caf::detached>([pieces = 0](body_source::pointer) mutable -> body_source::behavior_type {
    return {[pieces](read_atom, decoded_bytes) mutable -> piece {
      std::this_thread::sleep_for(300ms); // longer than the origin may be silent
      return ++pieces > 3 ? piece{{}, true, {}} : piece{chunk::copy_of("slow"), false, {}};
    }};
  });
  request outgoing;
  outgoing.method = "POST";
  outgoing.url = at(f, way, "/upload");
  outgoing.body = request_body::from(source);
  outgoing.deadlines.upload_silence = 200ms;
  auto got = f.fetch(std::move(outgoing));
  BOOST_REQUIRE(got);
  BOOST_TEST(got->head.status == 200);
}

BOOST_DATA_TEST_CASE(output_that_cannot_leave_does_not_postpone_the_other_clocks, data::make(ways), way) {
  fixture f{over(way)};
  auto outgoing = upload_to(at(f, way, deaf), 0ms);
  outgoing.deadlines.total = 300ms;
  auto got = f.fetch(std::move(outgoing));
  BOOST_REQUIRE(!got);
  BOOST_TEST((got.error().code == errc::timed_out), to_string(got.error()));
  BOOST_TEST(f.nothing_held());
}

BOOST_DATA_TEST_CASE(many_cold_requests_share_one_connection, data::make(http2_ways), way) {
  fixture f{over(way)};
  std::vector<decltype(f.self->request(f.http, 60s, request{}))> answers;
  for (int i = 0; i < 50; ++i) {
    request outgoing;
    outgoing.url = at(f, way, "/bytes/1k");
    answers.push_back(f.self->request(f.http, 60s, std::move(outgoing)));
  }
  for (auto& pending : answers)
    pending.receive([&](response& reply) { BOOST_TEST(f.drain(reply.body).bytes == 1024u); },
                    [](caf::error& error) { BOOST_ERROR(to_string(failure_of(error))); });
  BOOST_TEST(f.server->snapshot().connections_accepted == 1u);
}

BOOST_DATA_TEST_CASE(a_peer_that_takes_one_request_at_a_time_gets_more_connections, data::make(http2_ways), way) {
  origin::config one;
  one.http2.max_concurrent_streams = 1;
  fixture f{over(way), {}, one};
  std::vector<decltype(f.self->request(f.http, 60s, request{}))> answers;
  for (int i = 0; i < 8; ++i) {
    request outgoing;
    outgoing.url = at(f, way, "/firehose"); // none of them ends
    answers.push_back(f.self->request(f.http, 60s, std::move(outgoing)));
  }
  std::vector<body_reader> bodies;
  for (auto& pending : answers)
    pending.receive([&](response& reply) { bodies.push_back(reply.body); },
                    [](caf::error& error) { BOOST_ERROR(to_string(failure_of(error))); });
  BOOST_TEST(f.server->snapshot().connections_accepted == 8u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_sends_its_settings_is_not_waited_for_by_all) {
  const silent_listener peer;
  fixture f{over(ways[2])};
  for (int i = 0; i < 2; ++i) {
    request outgoing;
    outgoing.url = "http://127.0.0.1:" + std::to_string(peer.port) + "/";
    f.self->send(f.http, std::move(outgoing));
  }
  BOOST_TEST(fixture::eventually([&] { return f.totals().connections_open == 2; }));
  f.http = nullptr;
}

BOOST_AUTO_TEST_CASE(connects_that_everybody_gave_up_leave_nothing_after_the_client) {
  const silent_listener peer;
  client_config config;
  config.protocol = http_choice::http1; // else all wait for what the first connection will take
  config.connections_per_origin = 100;
  fixture f{config};
  const auto before = open_descriptors();
  const auto url = "https://127.0.0.1:" + std::to_string(peer.port) + "/";
  std::vector<caf::actor> waiting;
  for (int i = 0; i < 100; ++i)
    waiting.push_back(f.self->spawn([http = f.http, url](caf::event_based_actor* asking) {
      request outgoing;
      outgoing.url = url;
      outgoing.deadlines.connect = 0ms;
      asking->request(http, caf::infinite, std::move(outgoing)).then([](response&) {}, [](caf::error&) {});
    }));
  BOOST_TEST(fixture::eventually([&] { return open_descriptors() >= before + 100; }));
  for (auto& asking : waiting)
    caf::anon_send_exit(asking, caf::exit_reason::kill);
  waiting.clear();
  BOOST_TEST(f.nothing_left());
  BOOST_TEST(fixture::eventually([&] { return open_descriptors() <= before; }));
}

BOOST_DATA_TEST_CASE(an_origin_that_goes_away_under_load_costs_a_bounded_number_of_attempts,
                     data::make(multiplexed_ways), way) {
  fixture f{over(way)};
  constexpr std::uint64_t rounds = 20, together = 24;
  std::uint64_t answered = 0;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    std::vector<decltype(f.self->request(f.http, 60s, request{}))> answers;
    for (std::uint64_t j = 0; j < together; ++j) {
      request outgoing;
      outgoing.url = at(f, way, j % 4 == 0 ? (way.quic() ? "/h3/goaway" : "/h2/goaway") : "/bytes/1k");
      answers.push_back(f.self->request(f.http, 60s, std::move(outgoing)));
    }
    for (auto& pending : answers)
      pending.receive([&](response&) { ++answered; },
                      [](caf::error& error) {
                        BOOST_TEST((failure_of(error).code != errc::internal), to_string(failure_of(error)));
                      });
  }
  BOOST_TEST(answered > 0u);
  BOOST_TEST(f.totals().retries <= rounds * together * 3); // a storm would be thousands for each
  BOOST_TEST(f.nothing_held());
}

BOOST_AUTO_TEST_SUITE_END()
