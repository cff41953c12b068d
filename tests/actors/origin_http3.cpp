// The scripted origin over HTTP/3: its routes, its windows, its counters, and what it does on purpose.
#include "http2_client.hpp"
#include "http3_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;
namespace served = sluice::origin;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

namespace {

served::server& shared_server() {
  static auto x = own_server();
  return *x;
}

/// What a client begins with.
std::vector<std::byte> first_datagram() {
  struct nothing final : quic::application {
    void on_ready() override {}
    void on_stream_data(std::int64_t, std::span<const std::byte>, bool) override {}
    void on_stream_reset(std::int64_t, std::uint64_t) override {}
    void on_stream_closed(std::int64_t, std::optional<std::uint64_t>) override {}
    void on_acknowledged(std::int64_t, std::uint64_t) override {}
    void on_send_room(std::int64_t) override {}
    void on_streams_allowed() override {}
    quic::outgoing next_outgoing() override { return {}; }
    void on_written(std::int64_t, std::size_t) override {}
    void on_blocked(std::int64_t) override {}
    void on_unwritable(std::int64_t) override {}
    std::string error_name(std::uint64_t) const override { return {}; }
    bool is_no_error(std::uint64_t) const override { return true; }
  } app;
  tls::client_config x;
  x.alpn = {"h3"};
  const auto context = *quic::client_context::make(x);
  const auto now = std::chrono::steady_clock::now();
  quic::session session(app, *context, "localhost", 443, {}, {}, now);
  std::vector<std::byte> room(61'000);
  room.resize(session.next_datagrams(room, now).segment);
  return room;
}

/// The server learns some things by what the client acknowledges, so the client goes on meanwhile.
template <class F>
bool meanwhile(http3_client& c, F holds) {
  return eventually([&] {
    c.run_for(5ms);
    return holds();
  });
}

std::string hash_report(std::uint64_t seed, std::uint64_t n) {
  return "{\"bytes\":" + std::to_string(n) + ",\"hash\":\"" + served::hex(served::hash_of(seed, n)) + "\"";
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_http3)

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_seed) {
  http3_client c(shared_server());
  for (std::size_t n : {0u, 1u, 16384u, 65535u, 65536u, 3000001u}) {
    auto r = c.get("/bytes/" + std::to_string(n) + "?seed=9");
    BOOST_TEST(to_string(r.why) == to_string(failure{}));
    BOOST_TEST(r.status == 200);
    BOOST_TEST(r.field("content-length") == std::to_string(n));
    BOOST_TEST(r.holds(9, n));
    BOOST_TEST(r.complete);
  }
}

BOOST_AUTO_TEST_CASE(heads_and_statuses_without_content_end_the_stream_by_themselves) {
  http3_client c(shared_server());
  for (const char* target : {"/status/204", "/status/304", "/bytes/0"}) {
    auto r = c.get(target);
    BOOST_TEST(r.complete);
    BOOST_TEST(r.body.empty());
  }
  auto r = c.get("/bytes/1g", "HEAD");
  BOOST_TEST(r.field("content-length") == std::to_string(1u << 30));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/chunked/5", "HEAD").complete);
  BOOST_TEST(c.get("/status/418").status == 418);
}

BOOST_AUTO_TEST_CASE(content_of_unknown_length_may_have_trailers) {
  http3_client c(shared_server());
  auto r = c.get("/chunked/70000?trailers=1&chunk=1000");
  BOOST_TEST(r.holds(1, 70000));
  BOOST_TEST(!r.fields.contains("transfer-encoding"));
  BOOST_TEST(!r.fields.contains("content-length"));
  BOOST_TEST(r.trailers.get("content-hash").value_or("") == served::hex(served::hash_of(1, 70000)));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/close/1000").holds(1, 1000));
  BOOST_TEST(c.get("/drip?bytes=40&chunk=8&interval_ms=2").holds(1, 40));
  BOOST_TEST(c.get("/gzip/16m?zeros=1").body.size() < (100u << 10));
  BOOST_TEST(c.get("/redirect?to=/x&bytes=100k&status=307").field("location") == "/x");
  BOOST_TEST(c.get("/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(headers_and_interim_responses) {
  http3_client c(shared_server());
  auto r = c.wait(c.send("/headers?a=1", "GET", {}, {{"x-thing", "y"}}));
  BOOST_TEST(
      r.body
      == "{\"method\":\"GET\",\"target\":\"/headers?a=1\",\"version\":\"HTTP/3\",\"fields\":[[\"x-thing\",\"y\"]]}\n");
  r = c.get("/interim?n=3");
  BOOST_TEST((r.interim == std::vector<int>(3, 103)));
  BOOST_TEST(r.body == "ok\n");
  r = c.post("/upload?seed=1", content(1, 10), {{"expect", "100-continue"}});
  BOOST_TEST((r.interim == std::vector<int>{100}));
}

BOOST_AUTO_TEST_CASE(bodies_larger_than_the_windows_come_and_go) {
  http3_client c(shared_server());
  auto r = c.post("/upload?seed=6", content(6, 3000001));
  BOOST_TEST(r.body == hash_report(6, 3000001) + ",\"good\":true}\n");
  const auto body = content(7, 3000000);
  BOOST_TEST((c.post("/echo", body, {{"content-type", "text/x-thing"}}).body == body));
  BOOST_TEST(c.post("/echo", "").complete);
  BOOST_TEST(c.post("/bytes/10", content(1, 3000000)).holds(1, 10)); // unwanted
  BOOST_TEST(c.post("/echo", body, {{"content-length", "3000000"}}).field("content-length") == "3000000");
}

BOOST_AUTO_TEST_CASE(a_large_body_has_the_hash_of_its_seed) {
  http3_client c(shared_server(), {.window = 1u << 20});
  auto r = c.get("/bytes/64m?seed=4");
  BOOST_TEST(r.body.size() == 64u << 20);
  BOOST_TEST((served::hash(bytes_of(r.body)) == served::hash_of(4, 64u << 20)));
}

BOOST_AUTO_TEST_CASE(a_client_that_grants_nothing_sees_its_window_and_no_more) {
  auto server = own_server();
  http3_client c(*server, {.consumes = false});
  const auto shut = c.send("/firehose?id=shut");
  c.run_for(300ms);
  const auto seen = c.responses[shut].body.size();
  BOOST_TEST((seen > 65'000 && seen <= 65'536));
  auto x = server->figures_of("shut").value();
  BOOST_TEST(x.bytes_sent == seen);
  BOOST_TEST(x.window_updates == 0u);
  BOOST_TEST(x.window_bytes == 0u);
  BOOST_TEST(!x.closed);
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(c.get("/bytes/60000").holds(1, 60000));
  BOOST_TEST(c.responses[shut].body.size() == seen);
  c.grant(shut, 40'000);
  c.run([&] { return c.responses[shut].body.size() > seen + 39'000; });
  x = server->figures_of("shut").value();
  BOOST_TEST(x.window_updates >= 1u);
  BOOST_TEST((x.window_bytes >= 40'000u && x.window_bytes < 41'000u)); // framing is granted too
}

BOOST_AUTO_TEST_CASE(an_answer_that_pauses_leaves_the_body_with_the_client) {
  served::config x;
  x.http3.stream_window = 100'000;
  auto server = own_server(x);
  http3_client c(*server);
  const auto id = c.send("/upload?id=u&pause_after=10000&pause_ms=400&seed=2", "POST", content(2, 1 << 20));
  c.run_for(200ms);
  const auto taken = server->figures_of("u")->request_body_bytes;
  BOOST_TEST((taken >= 10'000u && taken <= 111'000u)); // the window, and what was taken of it
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  BOOST_TEST(c.wait(id).body == hash_report(2, 1 << 20) + ",\"good\":true}\n");
}

BOOST_AUTO_TEST_CASE(a_stalled_answer_holds_up_nobody_and_a_cancelled_one_is_counted) {
  auto server = own_server();
  http3_client c(*server);
  const auto stalled = c.send("/fault/stall?bytes=10&after=5&id=s");
  c.run([&] { return c.responses[stalled].body.size() == 5; });
  BOOST_TEST(c.get("/bytes/300k").holds(1, 300 << 10));
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().streams_open == 1; })); // the stalled one alone
  c.cancel(stalled);
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().streams_open == 0; }));
  const auto x = server->figures_of("s").value();
  BOOST_TEST((x.reset_code == 0x10cu));
  BOOST_TEST(x.closed);
  BOOST_TEST(server->snapshot().cancels_received == 1u);
  BOOST_TEST(server->snapshot().resets_received == 1u);
  const auto hosed = c.send("/firehose?id=h");
  c.run([&] { return c.responses[hosed].body.size() > 100'000; });
  c.cancel(hosed);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  BOOST_TEST(meanwhile(c, [&] { return server->snapshot().cancels_received == 2; }));
}

BOOST_AUTO_TEST_CASE(retry_makes_clients_show_where_they_are) {
  served::config x;
  x.http3.retry = true;
  auto server = own_server(x);
  http3_client c(*server);
  BOOST_TEST(c.get("/bytes/100k").holds(1, 100 << 10));
  BOOST_TEST(server->snapshot().http3_connections == 1u);
  datagrams raw(server->tls_port());
  raw.send(first_datagram());
  const auto answer = raw.receive(10s);
  BOOST_TEST_REQUIRE(answer.size() > 20u);
  BOOST_TEST(((answer[0] & std::byte{0xf0}) == std::byte{0xf0})); // a Retry packet (RFC 9000 section 17.2.5)
  BOOST_TEST(server->snapshot().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_version_that_is_not_spoken_is_answered_by_those_that_are) {
  datagrams raw(shared_server().tls_port());
  auto first = first_datagram();
  first[4] = std::byte{0x99};
  raw.send(first);
  const auto answer = raw.receive(10s);
  BOOST_TEST_REQUIRE(answer.size() > 20u);
  BOOST_TEST((std::all_of(answer.begin() + 1, answer.begin() + 5, [](std::byte x) { return x == std::byte{0}; })));
}

BOOST_AUTO_TEST_CASE(a_packet_of_no_connection_is_answered_by_a_stateless_reset_that_is_smaller) {
  datagrams raw(shared_server().tls_port());
  std::vector<std::byte> stray(200, std::byte{0x47});
  raw.send(stray);
  const auto answer = raw.receive(10s);
  BOOST_TEST((answer.size() >= 21u && answer.size() < stray.size()));
}

BOOST_AUTO_TEST_CASE(many_clients_share_the_socket) {
  auto server = own_server();
  http3_client a(*server), b(*server);
  const auto slow = a.send("/drip?bytes=200&chunk=10&interval_ms=5"), shut = b.send("/firehose");
  b.run([&] { return b.responses[shut].body.size() > 100'000; });
  BOOST_TEST(a.wait(slow).holds(1, 200));
  BOOST_TEST(b.get("/bytes/100k?seed=2").holds(2, 100 << 10));
  BOOST_TEST(server->snapshot().http3_connections == 2u);
  BOOST_TEST(server->snapshot().connections_open == 2u);
  a.engine().close();
  a.flush();
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 1; }));
}

BOOST_AUTO_TEST_CASE(what_the_path_loses_comes_again) {
  http3_client c(shared_server(), {.loses_every = 29});
  BOOST_TEST(c.get("/bytes/2m?seed=3").holds(3, 2 << 20));
  const auto body = content(5, 1 << 20);
  BOOST_TEST((c.post("/echo", body).body == body));
  BOOST_TEST(c.get("/h3/frame?n=20&bytes=20k").body == "ok\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_moves_goes_on) {
  auto server = own_server();
  for (bool knowingly : {false, true}) {
    http3_client c(*server);
    const auto slow = c.send("/drip?bytes=3000&chunk=100&interval_ms=10"), fast = c.send("/bytes/3m");
    c.run([&] { return c.responses[slow].body.size() > 500; });
    c.move(knowingly);
    BOOST_TEST(c.wait(slow).holds(1, 3000));
    BOOST_TEST(c.wait(fast).holds(1, 3 << 20));
  }
  BOOST_TEST(server->snapshot().http3_connections == 2u);
}

BOOST_AUTO_TEST_CASE(no_more_is_kept_unacknowledged_than_the_bound_and_all_streams_go_on) {
  served::config x;
  x.http3.unacknowledged_bytes = 64u << 10;
  auto server = own_server(x);
  http3_client c(*server, {.window = 1u << 20});
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 20; ++i)
    ids.push_back(c.send("/bytes/500k?seed=" + std::to_string(i)));
  ids.push_back(c.send("/h3/frame?n=20&bytes=20k"));
  for (unsigned i = 0; i < 20; ++i)
    BOOST_TEST(c.wait(ids[i]).holds(i, 500 << 10));
  BOOST_TEST(c.wait(ids[20]).body == "ok\n");
}

BOOST_AUTO_TEST_CASE(where_every_address_is_listened_on_both_families_are_served) {
  served::config x;
  for (const char* address : {"0.0.0.0", "::"}) {
    x.address = address;
    auto server = own_server(x);
    BOOST_TEST(http3_client(*server).get("/bytes/10").holds(1, 10), address);
  }
}

BOOST_AUTO_TEST_CASE(beyond_connections_max_nobody_is_answered) {
  served::config x;
  x.connections_max = 1;
  auto server = own_server(x);
  http3_client a(*server), b(*server);
  BOOST_TEST(a.get("/bytes/10").holds(1, 10));
  b.send("/bytes/10");
  b.run_for(300ms);
  BOOST_TEST(b.received == 0u);
  BOOST_TEST(server->snapshot().connections_open == 1u);
}

BOOST_AUTO_TEST_CASE(connections_that_nobody_uses_go_away) {
  served::config x;
  x.http3.idle_timeout = 300ms;
  auto server = own_server(x);
  http3_client a(*server);
  BOOST_TEST(a.get("/bytes/10").holds(1, 10));
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
}

BOOST_AUTO_TEST_CASE(streams_are_answered_side_by_side) {
  http3_client c(shared_server());
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 300; ++i) // more than may be open at once
    ids.push_back(c.send("/bytes/20k?seed=" + std::to_string(i)));
  for (unsigned i = 0; i < 300; ++i)
    BOOST_TEST(c.wait(ids[i]).holds(i, 20 << 10));
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_in_a_stream_ends_that_stream) {
  http3_client c(shared_server());
  auto r = c.get("/fault/reset?bytes=100k&after=50k");
  BOOST_TEST(r.why.code == errc::stream_reset);
  BOOST_TEST(r.why.detail.find("H3_INTERNAL_ERROR") != std::string::npos);
  BOOST_TEST(r.holds(1, 50 << 10));
  BOOST_TEST(c.get("/fault/reset?code=258").why.detail.find("H3_INTERNAL_ERROR") != std::string::npos);
  r = c.get("/fault/cut?stream=1&bytes=100k&after=50k");
  BOOST_TEST(r.why.code == errc::truncated_body);
  BOOST_TEST(r.holds(1, 50 << 10));
  BOOST_TEST(c.get("/fault/smuggle").why.code != errc::none);
  BOOST_TEST(c.get("/fault/extra-bytes").why.code != errc::none);
  BOOST_TEST(c.get("/fault/slow-header?interval_ms=1").body == "ok\n");
  r = c.get("/fault/many-interim?n=100");
  BOOST_TEST(r.why.code == errc::too_many_interim_responses);
  BOOST_TEST(c.get("/fault/endless-header").why.code == errc::header_too_large);
  r = c.post("/early?hold_ms=10&status=401", content(1, 3000000));
  BOOST_TEST(r.status == 401);
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/h3/refused?id=a").unprocessed);
  BOOST_TEST(c.get("/h3/refused?id=a").body == "ok\n");
  BOOST_TEST(c.get("/h3/421").status == 421);
  BOOST_TEST(c.get("/h3/one-byte-data?bytes=300").holds(1, 300));
  BOOST_TEST(c.get("/h3/frame?n=50").body == "ok\n");
  BOOST_TEST(c.get("/h3/key-update").holds(1, 1 << 20));
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
}

BOOST_AUTO_TEST_CASE(what_goes_wrong_with_the_connection_ends_it_where_it_was_asked_to) {
  struct expected {
    const char* target;
    errc code;
    const char* says;
  };
  constexpr expected table[] = {
      {"/fault/cut?bytes=100k&after=50k", errc::truncated_body, ""},
      {"/fault/cut?bytes=100k&after=50k&tls=abrupt", errc::stream_reset, "H3_INTERNAL_ERROR"},
      {"/fault/reset?connection=1&bytes=100k&after=50k", errc::connection_reset, "stateless reset"},
      {"/h3/stateless-reset?bytes=100k&after=50k", errc::connection_reset, "stateless reset"},
      {"/h3/close/263?bytes=100k&after=50k", errc::stream_reset, "H3_EXCESSIVE_LOAD"},
  };
  auto server = own_server();
  for (const auto& x : table) {
    http3_client c(*server);
    const auto r = c.get(x.target);
    BOOST_TEST(r.why.code == x.code, x.target << ": " << to_string(r.why));
    BOOST_TEST(r.why.detail.find(x.says) != std::string::npos, to_string(r.why));
    BOOST_TEST(r.holds(1, 50 << 10), x.target);
    BOOST_TEST(c.ended());
  }
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
  BOOST_TEST(server->snapshot().streams_open == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_against_the_protocol_is_seen_by_a_strict_client) {
  struct expected {
    const char* target;
    const char* says;
  };
  constexpr expected table[] = {
      {"/fault/garbage", ""},
      {"/fault/garbage-chunk", ""},
      {"/h3/data-first", "H3_FRAME_UNEXPECTED"},
      {"/h3/frame?type=4", "H3_FRAME_UNEXPECTED"}, // SETTINGS
      {"/h3/frame?type=6", "H3_FRAME_UNEXPECTED"}, // HTTP/2's PING
      {"/h3/headers-after-body", ""},
      {"/h3/truncated-frame", ""},
      {"/h3/bad-qpack", "QPACK_DECOMPRESSION_FAILED"},
      {"/h3/bad-qpack?kind=prefix", "QPACK_DECOMPRESSION_FAILED"},
      {"/h3/control-frame?type=4", "H3_FRAME_UNEXPECTED"},
      {"/h3/control-frame?type=0", "H3_FRAME_UNEXPECTED"},
      {"/h3/goaway-raised", "H3_ID_ERROR"},
  };
  auto server = own_server();
  for (const auto& x : table) {
    http3_client c(*server);
    const auto r = c.get(x.target);
    BOOST_TEST(r.why.code != errc::none, x.target);
    BOOST_TEST(r.why.detail.find(x.says) != std::string::npos, x.target << ": " << to_string(r.why));
  }
}

BOOST_AUTO_TEST_CASE(goaway_says_which_streams_are_served) {
  http3_client c(shared_server());
  const auto first = c.send("/bytes/300k"), second = c.send("/h3/goaway?bytes=300k&after=100k");
  BOOST_TEST(c.wait(second).holds(1, 300 << 10));
  BOOST_TEST(c.wait(first).holds(1, 300 << 10));
  c.run_to_end();
  BOOST_TEST(c.ended());
  BOOST_TEST(c.engine().capacity() == 0u);
  http3_client d(shared_server());
  const auto dropped = d.send("/h3/goaway?last=0");
  BOOST_TEST(d.wait(dropped).unprocessed);
  http3_client e(shared_server());
  const auto graceful = e.send("/h3/goaway-graceful?bytes=100k&notice_ms=20");
  BOOST_TEST(e.wait(graceful).holds(1, 100 << 10));
  e.run_to_end();
  BOOST_TEST(e.ended());
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_told_to_end_twice_goes_away_once) {
  auto server = own_server();
  http3_client c(*server, {.consumes = false});
  // The second would announce a later stream than the first has allowed: nghttp3 asserts that nobody does.
  const auto first = c.send("/h3/goaway?bytes=2000&after=1000");
  const auto notice = c.send("/h3/goaway-graceful?bytes=200k&after=100k&notice_ms=1"),
             again = c.send("/h3/goaway?bytes=200k&after=100k");
  BOOST_TEST(c.wait(first).holds(1, 2000));
  BOOST_TEST(c.engine().capacity() == 0u);
  c.grant(notice, 200'000);
  BOOST_TEST(c.wait(notice).holds(1, 200 << 10));
  c.grant(again, 200'000);
  BOOST_TEST(c.wait(again).holds(1, 200 << 10));
  c.run_to_end();
  BOOST_TEST(c.ended());
  http3_client d(*server);
  BOOST_TEST(d.get("/bytes/10").holds(1, 10)); // the origin lives
}

BOOST_AUTO_TEST_CASE(bytes_past_the_library_and_its_own_share_the_control_stream) {
  http3_client c(shared_server(), {.loses_every = 7}); // what is sent again is the same as before
  for (int i = 0; i < 20; ++i) {
    const auto id = c.send("/h3/control-frame?type=33&bytes=3000&n=5&after=10");
    BOOST_TEST(c.wait(id).complete);
  }
  const auto last = c.send("/h3/goaway?after=10");
  BOOST_TEST(c.wait(last).complete);
  c.run_to_end();
  BOOST_TEST(c.ended());
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_for_nothing_is_dropped) {
  served::config x;
  x.request_timeout = 100ms;
  auto server = own_server(x);
  http3_client c(*server), busy(*server);
  const auto stalled = busy.send("/fault/stall?bytes=10&after=5");
  busy.run([&] { return busy.responses[stalled].body.size() == 5; });
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  c.run_to_end();
  BOOST_TEST(c.ended());
  busy.run_for(300ms);
  BOOST_TEST(!busy.ended());
}

BOOST_AUTO_TEST_CASE(a_dead_connection_answers_nothing_and_is_forgotten_in_the_end) {
  auto server = own_server();
  http3_client c(*server, {.idle_timeout = 500ms});
  const auto id = c.send("/h3/freeze?after=1000&ms=1500");
  c.run([&] { return c.responses[id].body.size() == 1000; });
  c.run_for(50ms);
  const auto before = c.received;
  c.send("/bytes/10");
  BOOST_TEST(c.wait(id).why.code == errc::peer_silent);
  BOOST_TEST(c.received == before);
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
}

BOOST_AUTO_TEST_CASE(what_the_routes_of_http3_do_is_not_for_others) {
  wire w(shared_server());
  w.send("GET /h3/goaway HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(w.receive().starts_with("HTTP/1.1 400"));
  BOOST_TEST(http3_client(shared_server()).get("/h2/goaway").status == 400);
}

BOOST_AUTO_TEST_CASE(answers_over_tls_say_where_http3_is_if_told_to) {
  served::config x;
  x.http3.advertise = true;
  auto server = own_server(x);
  const auto expected = "h3=\":" + std::to_string(server->tls_port()) + "\"; ma=60";
  const auto ask = [](served::server& s, bool secure) {
    wire w(s, secure);
    w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    return std::string(w.receive());
  };
  BOOST_TEST(ask(*server, true).find("Alt-Svc: " + expected + "\r\n") != std::string::npos);
  BOOST_TEST(ask(*server, false).find("Alt-Svc") == std::string::npos);
  BOOST_TEST(ask(shared_server(), true).find("Alt-Svc") == std::string::npos);
  http2_client c(*server, {.secure = true});
  BOOST_TEST(c.get("/bytes/1").field("alt-svc") == expected);
}

BOOST_AUTO_TEST_CASE(where_it_is_switched_off_nobody_listens) {
  served::config x;
  x.http3.enabled = false;
  x.http3.advertise = true;
  auto server = own_server(x);
  datagrams raw(server->tls_port());
  raw.send(first_datagram());
  BOOST_TEST(raw.receive(100ms).empty());
  wire w(*server, true);
  w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(w.receive().find("Alt-Svc") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused_by_name) {
  const auto refused = [](auto change) {
    served::config x;
    change(x.http3);
    auto made = served::server::start(x);
    return made ? std::string() : made.error().detail;
  };
  BOOST_TEST(refused([](auto& x) { x.stream_window = UINT64_MAX; }).find("http3.stream_window") != std::string::npos);
  BOOST_TEST(refused([](auto& x) { x.datagram_bytes = 1000; }).find("http3.datagram_bytes") != std::string::npos);
  BOOST_TEST(refused([](auto& x) { x.unacknowledged_bytes = 1; }).find("http3.unacknowledged_bytes")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(datagrams_of_noise_do_no_harm) {
  auto server = own_server();
  http3_client c(*server);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
  datagrams raw(server->tls_port());
  for (unsigned i = 0; i < 2000; ++i) {
    auto noise = content(i, i % 1400);
    if (i % 2 && noise.size() > 5)
      noise.replace(0, 5, std::string("\xc3\0\0\0\1", 5)); // of version 1
    raw.send(bytes_of(noise));
  }
  BOOST_TEST(c.get("/bytes/100k").holds(1, 100 << 10));
}

BOOST_AUTO_TEST_CASE(stopping_amid_every_kind_of_answer_joins_and_closes) {
  auto server = own_server();
  std::vector<std::unique_ptr<http3_client>> clients;
  for (const char* target : {"/firehose", "/drip?bytes=1m", "/fault/stall", "/fault/slow-header",
                             "/h3/empty-data-flood", "/h3/freeze", "/upload"}) {
    clients.push_back(std::make_unique<http3_client>(*server));
    clients.back()->send(target, "POST", content(1, 100000));
    clients.back()->run_for(20ms);
  }
  BOOST_TEST(eventually([&] {
    for (auto& x : clients)
      x->run_for(1ms);
    return server->snapshot().requests == clients.size();
  }));
  server->stop();
  BOOST_TEST(server->snapshot().connections_open == 0u);
  BOOST_TEST(server->snapshot().streams_open == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
