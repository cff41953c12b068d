// Memory that runs out, at each allocation of an exchange in turn, and events that throw: every engine ends its
// connection cleanly. No exception comes out of a call, each exchange hears one end, and a sanitizer sees no leak.
#include "failing_memory.hpp"
#include "http3_peer.hpp"

#include <sluice/protocols/coding/decoder.hpp>
#include <sluice/protocols/http1/engine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;
using failing_memory::counted;
using failing_memory::uncounted;
using http2::peer::bytes_of;
using http2::peer::lines;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

enum class event : std::uint8_t { none, interim, head, body, end, failure, closed, trace };

constexpr int steps_max = 10'000;                 // of one wait: far more than an exchange takes, and soon over
constexpr std::uint64_t allocations_max = 20'000; // of one script

/// Counts what it is told. Each event may fail for want of memory, after it was noted; or throws by itself.
class sink final : public http::engine_events {
public:
  int heads = 0, ends = 0, failures = 0, closed = 0, after_the_end = 0;
  std::string body;
  failure why;
  event throws_at = event::none;

  int told_ends() const { return failures + closed; }
  bool over() const { return told_ends() > 0; }
  bool complete() const { return ends == 1 && closed == 1 && failures == 0; }

  void on_interim(std::uint32_t, http::response_head&&) override {
    note(event::interim, [] {});
  }
  void on_head(std::uint32_t, http::response_head&&) override {
    note(event::head, [this] { ++heads; });
  }
  void on_body(std::uint32_t, std::span<const std::byte> data) override {
    note(event::body, [&] { body.append(reinterpret_cast<const char*>(data.data()), data.size()); });
  }
  void on_end(std::uint32_t, http::fields&&) override {
    note(event::end, [this] { ++ends; });
  }
  void on_failure(std::uint32_t, failure&& problem, bool, bool) override {
    note(event::failure, [&] { ++failures, why = problem; });
  }
  void on_closed(std::uint32_t, bool) override {
    note(event::closed, [this] { ++closed; });
  }
  void on_trace(std::uint32_t, std::string&&) override {
    if (throws_at == event::trace || failing_memory::next_fails())
      throw std::bad_alloc{};
  }

private:
  template <class F>
  void note(event which, F f) {
    uncounted([&] {
      after_the_end += over();
      f();
    });
    if (throws_at == which)
      uncounted([] { throw std::runtime_error{"thrown by an event, in words that need memory to be kept"}; });
    if (failing_memory::next_fails())
      throw std::bad_alloc{};
  }
};

http::request_head request() {
  return {"POST",
          "https",
          "localhost",
          "/a/path/that/is/longer/than/a/small/string?b",
          {{"accept", "text/plain"}, {"X-Long", std::string(100, 'v')}, {"authorization", "secret"}}};
}
const http::fields upload_trailers{{"x-sum-of-what-was-sent", std::string(40, 's')}};
const std::string piece(3000, 'u');
const lines head{{":status", "200"}, {"content-type", "text/plain; charset=utf-8"}, {"x-long", std::string(100, 'w')}};
const lines trailers{{"x-sum-of-what-came", std::string(40, 't')}};
const std::string text(5000, 'b');

/// One engine on its way through one exchange: POST with fields, a body in pieces and trailers; an interim head, a
/// head, a body in pieces and trailers. `Run` has an `engine`, and script() with calls of step().
template <class Engine>
struct run {
  sink seen;
  std::optional<Engine> engine;
  http::time_point now{1h};
  bool opened = false, refused = false;

  /// A call of the engine, if there is still something to call it for.
  template <class F>
  bool step(F&& f) {
    if (!engine || engine->ended() || (refused && !opened))
      return false;
    counted(std::forward<F>(f));
    return true;
  }
  void open(http::outgoing_body body = {true, {}}) {
    const auto what = request();
    failure problem;
    step([&] { problem = engine->open(0, what, body, wire_bytes{65'536}); });
    refused = static_cast<bool>(problem);
    opened = engine && !refused && !engine->ended();
    if (refused)
      BOOST_TEST((problem.code == errc::internal && problem.by == caused_by::local && !problem.detail.empty()),
                 to_string(problem));
  }
  /// What an engine's owner does after each call.
  void pump() {
    if (engine && engine->deadline() <= now)
      step([&] { engine->on_time(now); });
    for (int i = 0; step([&] { sent = engine->output(now).size(); }) && sent > 0; ++i)
      BOOST_TEST_REQUIRE(i < steps_max, "the engine has output without end");
  }
  std::size_t sent = 0;
  void upload(bool last) {
    const http::fields none;
    step([&] { engine->upload(0, bytes_of(piece), last, last ? upload_trailers : none); });
    pump();
  }
  void receive(std::string_view received) {
    step([&] { engine->receive(bytes_of(received), now); });
    pump();
  }

  void check(bool failed) const {
    BOOST_TEST_REQUIRE(seen.after_the_end == 0);
    if (!opened) {
      BOOST_TEST_REQUIRE(failed);
      BOOST_TEST_REQUIRE(seen.told_ends() == 0);
      return;
    }
    BOOST_TEST_REQUIRE(seen.told_ends() == 1, "ends told: " << seen.failures << " failures, " << seen.closed
                                                            << " closed; complete: " << seen.ends);
    if (!failed)
      BOOST_TEST_REQUIRE(seen.complete(), to_string(seen.why));
    if (seen.complete())
      BOOST_TEST_REQUIRE(seen.body == text);
    else
      BOOST_TEST_REQUIRE(engine->ended());
    if (seen.failures)
      BOOST_TEST_REQUIRE(
          (!seen.why.detail.empty()
           && (names_tls_errors || (seen.why.code == errc::internal && seen.why.by == caused_by::local))),
          to_string(seen.why));
  }
  bool names_tls_errors = false; // the TLS library calls some of its own failures to get memory errors of the peer
};

struct http1_run : run<http1::engine> {
  void script() {
    counted([&] { engine.emplace(seen, http1::limits{}, 100); });
    open();
    pump();
    upload(false);
    upload(true);
    const auto half = text.size() / 2;
    receive("HTTP/1.1 103 Early Hints\r\nLink: </a-stylesheet-with-a-long-name.css>\r\n\r\nHTTP/1.1 200 Fine, and in "
            "many words\r\nTransfer-Encoding: chunked\r\nX-Lo");
    receive("ng: " + head.back().second + "\r\n\r\n9c4\r\n" + text.substr(0, half) + "\r\n");
    receive("9c4\r\n" + text.substr(half) + "\r\n0\r\nX-Sum-Of-What-Came: " + trailers.front().second + "\r\n\r\n");
  }
};

struct http2_run : run<http2::engine> {
  http2::peer::compressor hpack;
  void script() {
    using namespace http2::peer;
    try {
      counted([&] { engine.emplace(seen, http2::limits{}, wire_bytes{65'535}); });
    } catch (const std::bad_alloc&) { // a constructor has no other way to say it
    }
    step([&] { engine->trace(true); });
    open();
    pump();
    receive(settings() + settings_ack());
    upload(false);
    upload(true);
    receive(hpack.headers(1, {{":status", "103"}, {"link", "</a-stylesheet-with-a-long-name.css>"}}));
    receive(hpack.headers(1, ::head) + ping());
    receive(data(1, text.substr(0, 2000)));
    step([&] { engine->grant(0, wire_bytes{2000}); });
    pump();
    receive(padded_data(1, text.substr(2000), 100));
    step([&] { engine->grant(0, wire_bytes{40'000}); });
    pump();
    receive(hpack.headers(1, ::trailers, end_stream));
  }
};

/// `from_the_handshake`: memory runs out from the first call on, else from the request on.
struct http3_run : run<http3::engine> {
  static std::shared_ptr<quic::client_context> trust() {
    static const auto context = tls::must(quic::client_context::make(quic::wire::trusting_h3()));
    return context;
  }
  static std::shared_ptr<quic::server_context> shown() {
    static const auto context = tls::must(quic::server_context::make(quic::wire::showing_h3()));
    return context;
  }
  http3::peer::origin server;
  quic::wire::network net;
  quic::wire::acceptor acceptor{shown(), server, [this](quic::session& s) { server.under = &s; }};

  bool go(const std::function<bool()>& done) {
    int steps = 0;
    return engine
           && net.run(
               [&] {
                 BOOST_TEST_REQUIRE(++steps < steps_max, "the connection neither ends nor goes on");
                 return engine->ended() || done();
               },
               20s);
  }
  void begin() {
    names_tls_errors = true;
    const auto context = trust();
    const quic::limits below;
    try {
      counted([&] {
        engine.emplace(seen, http3::limits{}, wire_bytes{65'536}, *context, "localhost", std::uint16_t{443},
                       quic::wire::client_path(), below, net.now);
      });
    } catch (const std::bad_alloc&) { // a constructor has no other way to say it
      return;
    }
    auto& client_engine = *engine;
    net.client = {[&client_engine](const quic::path& from, quic::ecn mark, std::span<const std::byte> bytes,
                                   quic::time_point at) {
                    counted([&] { client_engine.receive_datagram(from, mark, bytes, at); });
                  },
                  [&client_engine](std::span<std::byte> into, quic::time_point at) {
                    return counted([&] { return client_engine.next_datagrams(into, at); });
                  },
                  [&client_engine] { return client_engine.deadline(); },
                  [&client_engine](quic::time_point at) { counted([&] { client_engine.on_time(at); }); }};
    net.server = acceptor.as_end();
    server.on_request = [this](std::int64_t id) {
      server.inform(id, {{":status", "103"}, {"link", "</a-stylesheet-with-a-long-name.css>"}});
    };
  }
  void shake() {
    go([&] { return engine->connection().established() && acceptor.connection->established(); });
  }
  void exchange() {
    step([&] { engine->trace(true); });
    open();
    for (const bool last : {false, true}) {
      go([&] { return engine->wants_upload(0); });
      upload(last);
    }
    go([&] { return server.all[0].ended; });
    if (!engine || engine->ended())
      return;
    server.respond(0, head, text.substr(0, 2000), false, trailers);
    go([&] { return seen.body.size() == 2000; });
    step([&] { engine->grant(0, wire_bytes{40'000}); });
    server.all[0].sent_trailers = trailers;
    server.send(0, text.substr(2000), true);
    go([&] { return seen.over(); });
  }
};

/// Each allocation of `script` in turn, until all of it goes well; alone, or with all that follow.
template <class Run, class Script>
void for_each_allocation(Script script) {
  for (const bool all_after : {false, true})
    for (std::uint64_t n = 1;; ++n) {
      BOOST_TEST_REQUIRE(n < allocations_max, "each try allocates more than the one before");
      BOOST_TEST_CONTEXT("allocation " << n << (all_after ? " and all after it" : "")) {
        Run attempt;
        script(attempt, n, all_after);
        const bool failed = failing_memory::disarm();
        attempt.check(failed);
        if (!failed) {
          BOOST_TEST_MESSAGE(n << " allocations");
          break;
        }
      }
    }
}

template <class Run>
void throw_at_each_event() {
  for (const auto where : {event::interim, event::head, event::body, event::end, event::failure, event::closed}) {
    BOOST_TEST_CONTEXT("event " << static_cast<int>(where)) {
      Run attempt;
      attempt.seen.throws_at = where;
      if constexpr (std::is_same_v<Run, http3_run>) {
        attempt.begin();
        attempt.shake();
        attempt.exchange();
      } else {
        attempt.script();
      }
      BOOST_TEST(attempt.seen.after_the_end == 0);
      BOOST_TEST(attempt.seen.told_ends() == 1);
      if (where != event::failure) {
        BOOST_TEST(attempt.engine->ended());
        BOOST_TEST(attempt.seen.failures == (where == event::closed ? 0 : 1));
      }
      if (attempt.seen.failures)
        BOOST_TEST((attempt.seen.why.code == errc::internal
                    && attempt.seen.why.detail.find("thrown by an event") != std::string::npos),
                   to_string(attempt.seen.why));
    }
  }
}

/// Two TLS sessions, one of which finds no memory: from its first call on, or from the first byte of data on.
struct tls_run {
  bool client_fails;
  std::unique_ptr<tls::session> client, server;
  std::string to_server, to_client; // what was read
  bool established = false;

  explicit tls_run(bool of_client) : client_fails(of_client) {}

  template <class F>
  void use(bool is_client, F&& f) {
    if (is_client == client_fails)
      counted(f);
    else
      f();
  }
  tls::session& end(bool is_client) { return is_client ? *client : *server; }

  /// Carries what one end has to send to the other, which reads it.
  void carry(bool from_client) {
    auto& from = end(from_client);
    const std::vector<std::byte> bytes(from.output().begin(), from.output().end());
    use(from_client, [&] { from.drain(bytes.size()); });
    auto& to = end(!from_client);
    std::vector<std::byte> room(4096);
    for (auto rest = std::span{bytes}; !rest.empty();) {
      const auto hop = rest.first(std::min<std::size_t>(1000, rest.size()));
      rest = rest.subspan(hop.size());
      use(!from_client, [&] { to.receive(hop); });
      tls::io_result got;
      int steps = 0;
      do {
        BOOST_TEST_REQUIRE(++steps < steps_max, "a session gives data without end");
        use(!from_client, [&] { got = to.read(room); });
        (from_client ? to_server : to_client).append(reinterpret_cast<const char*>(room.data()), got.bytes);
      } while (got.state == tls::state::ok);
      use(!from_client, [&] { to.release_input(); });
    }
  }
  void carry_all() {
    for (int i = 0; i < 20 && !(client->output().empty() && server->output().empty()); ++i) {
      carry(true);
      carry(false);
    }
  }
  void shake(tls::client_context& trust, tls::server_context& shown) {
    try {
      use(true, [&] { client = trust.connect("localhost", 443); });
      use(false, [&] { server = shown.accept(); });
    } catch (const std::bad_alloc&) { // of make_unique
      return;
    }
    use(true, [&] { client->handshake(); });
    carry_all();
    established = client->established() && server->established();
  }
  void talk() {
    if (!established)
      return;
    for (const bool is_client : {true, false}) {
      use(is_client, [&] { end(is_client).write(bytes_of(is_client ? piece : text)); });
      carry_all();
    }
    for (const bool is_client : {true, false})
      use(is_client, [&] { end(is_client).close(); });
    carry_all();
  }
  void check(bool failed) const {
    const bool complete = to_server == piece && to_client == text;
    if (!failed)
      BOOST_TEST_REQUIRE(complete);
    if (complete || !client || !server)
      return;
    BOOST_TEST_REQUIRE((client->error() || server->error())); // nobody waits for ever
    auto& mine = client_fails ? *client : *server;
    if (mine.error()) {
      BOOST_TEST_REQUIRE(!mine.error().detail.empty());
      BOOST_TEST_REQUIRE((mine.handshake() == tls::state::failed));
      BOOST_TEST_REQUIRE((mine.write(bytes_of(piece)).state == tls::state::failed));
    }
  }
};

/// `stride`: after the first 40, which make the objects, one in so many.
void for_each_allocation_of_tls(bool from_the_handshake, std::uint64_t stride) {
  const auto trust = tls::must(tls::client_context::make(tls::trusting()));
  const auto shown = tls::must(tls::server_context::make(tls::showing()));
  for (const bool client_fails : {true, false})
    for (const bool all_after : {false, true})
      for (std::uint64_t n = 1;; n += n < 40 ? 1 : stride) {
        BOOST_TEST_REQUIRE(n < allocations_max, "each try allocates more than the one before");
        BOOST_TEST_CONTEXT("allocation " << n << (all_after ? " and all after it" : "") << " of the "
                                         << (client_fails ? "client" : "server")) {
          tls_run attempt{client_fails};
          if (from_the_handshake)
            failing_memory::arm(n, all_after);
          attempt.shake(*trust, *shown);
          if (!from_the_handshake)
            failing_memory::arm(n, all_after);
          attempt.talk();
          const bool failed = failing_memory::disarm();
          attempt.check(failed);
          if (!failed) {
            BOOST_TEST_MESSAGE(n << " allocations");
            break;
          }
        }
      }
}

} // namespace

BOOST_AUTO_TEST_SUITE(allocation_failure)

BOOST_AUTO_TEST_CASE(a_tls_handshake_ends_cleanly_whichever_allocation_fails) { for_each_allocation_of_tls(true, 17); }
BOOST_AUTO_TEST_CASE(a_tls_session_ends_cleanly_whichever_allocation_of_its_data_fails) {
  for_each_allocation_of_tls(false, 1);
}

BOOST_AUTO_TEST_CASE(an_http1_exchange_ends_cleanly_whichever_allocation_fails) {
  for_each_allocation<http1_run>([](auto& attempt, auto n, bool all_after) {
    failing_memory::arm(n, all_after);
    attempt.script();
  });
}

BOOST_AUTO_TEST_CASE(an_http2_exchange_ends_cleanly_whichever_allocation_fails) {
  for_each_allocation<http2_run>([](auto& attempt, auto n, bool all_after) {
    failing_memory::arm(n, all_after);
    attempt.script();
  });
}

BOOST_AUTO_TEST_CASE(an_http3_exchange_ends_cleanly_whichever_allocation_fails) {
  for_each_allocation<http3_run>([](auto& attempt, auto n, bool all_after) {
    attempt.begin();
    attempt.shake();
    failing_memory::arm(n, all_after);
    attempt.exchange();
  });
}

BOOST_AUTO_TEST_CASE(a_quic_handshake_ends_cleanly_whichever_allocation_fails) {
  for_each_allocation<http3_run>([](auto& attempt, auto n, bool all_after) {
    failing_memory::arm(n, all_after);
    attempt.begin();
    attempt.exchange();
  });
}

BOOST_AUTO_TEST_CASE(a_decoder_without_memory_is_a_failure_and_not_a_wait) {
  for (const auto& [encoding, body] : {std::pair{"gzip", "\x1f\x8b and more"},
                                       {"deflate", "\x78\x9c and more"},
                                       {"br", "\x0b and more"},
                                       {"zstd", "\x28\xb5 and more"}}) {
    auto decoder = *coding::decoder::make(encoding);
    std::byte output[64];
    const auto input = bytes_of(body);
    failing_memory::arm(1, false);
    const auto done = counted([&] { return decoder.decode(input, output); });
    BOOST_TEST(failing_memory::disarm());
    BOOST_TEST((done.state == coding::state::failed));
    BOOST_TEST((decoder.error().code == errc::internal), to_string(decoder.error()));
  }
}

BOOST_AUTO_TEST_CASE(what_an_event_throws_ends_the_connection_on_http1) { throw_at_each_event<http1_run>(); }
BOOST_AUTO_TEST_CASE(what_an_event_throws_ends_the_connection_on_http2) { throw_at_each_event<http2_run>(); }
BOOST_AUTO_TEST_CASE(what_an_event_throws_ends_the_connection_on_http3) { throw_at_each_event<http3_run>(); }

BOOST_AUTO_TEST_CASE(what_an_event_throws_ends_every_exchange_of_the_connection) {
  using namespace http2::peer;
  sink seen;
  http2::engine engine{seen, http2::limits{}, wire_bytes{65'535}};
  compressor hpack;
  for (std::uint32_t i = 0; i < 3; ++i)
    BOOST_TEST(!engine.open(i, ::request(), {}, wire_bytes{65'535}));
  http::time_point now{1h};
  BOOST_TEST(!engine.output(now).empty());
  seen.throws_at = event::body;
  engine.receive(bytes_of(settings() + settings_ack() + hpack.headers(3, ::head) + data(3, "x")), now);
  BOOST_TEST((seen.failures == 3 && seen.closed == 0 && engine.ended() && engine.capacity() == 0u));
  BOOST_TEST(engine.output(now).empty());
  engine.receive(bytes_of(data(3, "x")), now);
  engine.receive_end({});
  BOOST_TEST(seen.failures == 3);
  BOOST_TEST((engine.open(3, ::request(), {}, wire_bytes{65'535}).code == errc::connection_closed));
}

/// What is found in a call that may tell nothing is told by the next, and deadline() asks for one.
BOOST_AUTO_TEST_CASE(a_failure_between_events_is_told_at_once_when_time_is_looked_at) {
  sink seen;
  http2::engine engine{seen, http2::limits{}, wire_bytes{65'535}};
  http::time_point now{1h};
  BOOST_TEST(!engine.open(0, request(), {true, {}}, wire_bytes{65'535}));
  (void)engine.output(now);
  failing_memory::arm(1, false);
  counted([&] { engine.upload(0, bytes_of(piece), false, {}); });
  BOOST_TEST(failing_memory::disarm());
  BOOST_TEST((!seen.over() && !engine.ended() && engine.deadline() <= now));
  engine.on_time(now);
  BOOST_TEST((seen.failures == 1 && engine.ended() && engine.deadline() == http::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()
