// What the scripted origin does wrong on purpose over HTTP/3, fault by fault.
#include "http3_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

BOOST_TEST_DONT_PRINT_LOG_VALUE(errc)

BOOST_AUTO_TEST_SUITE(origin_http3_faults)

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
  for (const auto& entry : table) {
    http3_client c(*server);
    const auto r = c.get(entry.target);
    BOOST_TEST(r.why.code == entry.code, entry.target << ": " << to_string(r.why));
    BOOST_TEST(r.why.detail.find(entry.says) != std::string::npos, to_string(r.why));
    BOOST_TEST(r.holds(1, 50 << 10), entry.target);
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
  for (const auto& entry : table) {
    http3_client c(*server);
    const auto r = c.get(entry.target);
    BOOST_TEST(r.why.code != errc::none, entry.target);
    BOOST_TEST(r.why.detail.find(entry.says) != std::string::npos, entry.target << ": " << to_string(r.why));
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

BOOST_AUTO_TEST_SUITE_END()
