// What the scripted origin does wrong on purpose over HTTP/2, fault by fault.
#include "http2_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(origin_http2_faults)

BOOST_AUTO_TEST_CASE(cut_closes_the_connection_or_ends_the_stream_early) {
  for (bool secure : both) {
    http2_client c(shared_server(), {.secure = secure});
    auto r = c.get("/fault/cut?bytes=100k&after=30k");
    BOOST_TEST(r.holds(1, 30 << 10));
    BOOST_TEST(!r.complete);
    BOOST_TEST((c.connection().end() == ended::cleanly));
    http2_client d(shared_server(), {.secure = secure});
    r = d.get("/fault/cut?bytes=100k&after=30k&stream=1");
    BOOST_TEST(r.field("content-length") == "102400");
    BOOST_TEST(r.body.size() <= (30u << 10));
    BOOST_TEST((r.refused == NGHTTP2_PROTOCOL_ERROR)); // less than promised
    BOOST_TEST(d.get("/bytes/10").holds(1, 10));
  }
}

BOOST_AUTO_TEST_CASE(reset_resets_the_stream_or_the_connection) {
  for (bool secure : both) {
    http2_client c(shared_server(), {.secure = secure});
    auto r = c.get("/fault/reset?bytes=100k&after=20000");
    BOOST_TEST(r.holds(1, 20000));
    BOOST_TEST((r.reset == NGHTTP2_INTERNAL_ERROR));
    BOOST_TEST((c.get("/fault/reset?code=11").reset == 11u));
    BOOST_TEST(c.get("/fault/reset?connection=1&bytes=100k&after=20000").holds(1, 20000));
    BOOST_TEST((c.connection().end() == ended::by_reset));
  }
}

BOOST_AUTO_TEST_CASE(nothing_comes_between_the_bytes_of_a_slow_header) {
  http2_client c(shared_server());
  const auto slow = c.send("/fault/slow-header?interval_ms=2");
  const auto other = c.send("/bytes/100k");
  BOOST_TEST(c.wait(slow).body == "ok\n");
  BOOST_TEST(c.wait(other).holds(1, 102400));
}

BOOST_AUTO_TEST_CASE(other_faults_have_their_like) {
  http2_client c(shared_server());
  const auto stalled = c.send("/fault/stall?bytes=1m&after=5");
  BOOST_TEST(c.get("/fault/slow-header?interval_ms=1").body == "ok\n");
  BOOST_TEST(c.count(NGHTTP2_RST_STREAM) == 0u);
  BOOST_TEST(c.get("/fault/extra-bytes").body == "ok\n");
  BOOST_TEST((c.get("/fault/smuggle").refused == NGHTTP2_PROTOCOL_ERROR));
  auto r = c.post("/early?hold_ms=10&status=401", content(1, 3000000));
  BOOST_TEST(r.status == 401);
  BOOST_TEST((r.reset == NGHTTP2_NO_ERROR));
  BOOST_TEST(c.get("/fault/garbage-chunk?after=2000").holds(1, 2000));
  BOOST_TEST(c.responses[stalled].body.size() == 5u);
  http2_client d(shared_server());
  BOOST_TEST(d.get("/fault/close-idle?after_ms=20").complete);
  d.run_to_end();
  BOOST_TEST(d.goaways.size() == 0u);
  for (const char* name : {"garbage", "endless-header"}) {
    http2_client e(shared_server());
    e.get(std::string("/fault/") + name);
    e.run_to_end();
    BOOST_TEST((e.complaint || !e.problem.empty()), name);
  }
}

BOOST_AUTO_TEST_CASE(what_is_against_the_protocol_is_seen_by_a_strict_client) {
  enum class seen : std::uint8_t { stopped, goaway, reset };
  struct expected {
    const char* target;
    seen how;
    std::uint32_t code = 0;
  };
  constexpr expected table[] = {
      {"continuation-flood", seen::stopped},
      {"continuation-flood?empty=1", seen::stopped},
      {"settings-flood?n=3000", seen::stopped},
      {"ping-flood", seen::stopped},
      {"bad-hpack", seen::goaway, NGHTTP2_COMPRESSION_ERROR},
      {"bad-hpack?kind=zero", seen::goaway, NGHTTP2_COMPRESSION_ERROR},
      {"bad-hpack?kind=truncated", seen::goaway, NGHTTP2_COMPRESSION_ERROR},
      {"window-overflow", seen::goaway, NGHTTP2_FLOW_CONTROL_ERROR},
      {"window-overflow?stream=1", seen::reset, NGHTTP2_FLOW_CONTROL_ERROR},
      {"data-on-idle", seen::goaway, NGHTTP2_PROTOCOL_ERROR},
      {"headers-after-body", seen::reset, NGHTTP2_PROTOCOL_ERROR},
      {"wrong-frame-size", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=settings", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=settings-ack", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=window-update", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=rst-stream", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=goaway", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
      {"wrong-frame-size?frame=data", seen::goaway, NGHTTP2_FRAME_SIZE_ERROR},
  };
  auto server = own_server();
  for (const auto& entry : table) {
    http2_client c(*server);
    const auto id = c.send(std::string("/h2/") + entry.target);
    c.run([&] { return c.complaint || c.responses[id].refused; });
    if (entry.how == seen::stopped)
      BOOST_TEST(!c.problem.empty(), entry.target);
    else
      BOOST_TEST(((entry.how == seen::goaway ? c.complaint : c.responses[id].refused) == entry.code), entry.target);
  }
  BOOST_TEST(eventually([&] { return server->snapshot().streams_open == 0; }));
  origin::config settings;
  settings.http2.send_settings = false; // before any request asks for it
  server = own_server(settings);
  http2_client c(*server);
  c.send("/h2/no-settings");
  c.run([&] { return c.complaint.has_value(); });
  BOOST_TEST((c.complaint == NGHTTP2_PROTOCOL_ERROR));
}

BOOST_AUTO_TEST_CASE(what_a_patient_client_bears_ends_with_an_answer) {
  for (const char* target :
       {"ping-flood?n=500", "settings-flood?n=500", "window-update-flood?n=3000", "empty-data-flood?n=5000",
        "window-update-flood?n=3000&stream=1", "unknown-frames?n=50", "continuation-flood?n=2&bytes=100"}) {
    http2_client c(shared_server());
    auto r = c.get(std::string("/h2/") + target);
    BOOST_TEST(r.body == "ok\n", target);
    BOOST_TEST(c.get("/bytes/10").holds(1, 10), target);
  }
  http2_client c(shared_server());
  BOOST_TEST(c.get("/h2/data-after-end?n=3").body == "ok\n");
  c.get("/bytes/10");
  BOOST_TEST(c.count(NGHTTP2_DATA, 1) == 4u);
  BOOST_TEST((c.get("/h2/rst-flood?n=100").reset == NGHTTP2_REFUSED_STREAM));
  c.get("/bytes/10");
  BOOST_TEST(c.count(NGHTTP2_RST_STREAM) == 101u);
  http2_client d(shared_server());
  d.get("/h2/push-promise");
  BOOST_TEST(d.count(NGHTTP2_PUSH_PROMISE) == 1u);
  http2_client e(shared_server());
  e.get("/h2/hpack-bomb");
  BOOST_TEST(std::any_of(e.frames.begin(), e.frames.end(),
                         [](auto& frame) { return frame.type == NGHTTP2_HEADERS && frame.length > 16000; }));
}

BOOST_AUTO_TEST_CASE(goaway_says_which_streams_are_served) {
  http2_client c(shared_server());
  const auto first = c.send("/bytes/300k");
  const auto second = c.send("/h2/goaway?bytes=300k&after=100k&last=3");
  const auto third = c.send("/drip?bytes=1m");
  c.run_to_end();
  BOOST_REQUIRE(c.goaways.size() >= 1u);
  BOOST_TEST(c.goaways[0].last == 3);
  BOOST_TEST(c.goaways[0].code == NGHTTP2_NO_ERROR);
  BOOST_TEST(c.responses[first].holds(1, 300 << 10));
  BOOST_TEST(c.responses[second].holds(1, 300 << 10));
  BOOST_TEST(!c.responses[third].complete);
  http2_client d(shared_server());
  auto r = d.get("/h2/goaway?last=0&error=11");
  BOOST_TEST(!r.complete);
  BOOST_TEST(d.goaways.at(0).code == NGHTTP2_ENHANCE_YOUR_CALM);
}

BOOST_AUTO_TEST_CASE(a_graceful_goaway_comes_twice_and_every_stream_is_served) {
  http2_client c(shared_server());
  const auto first = c.send("/h2/goaway-graceful?bytes=100k&notice_ms=20");
  const auto second = c.send("/bytes/300k");
  c.run_to_end();
  BOOST_REQUIRE(c.goaways.size() == 2u);
  BOOST_TEST(c.goaways[0].last == 0x7fffffff);
  BOOST_TEST(c.goaways[1].last == second);
  BOOST_TEST(c.responses[first].holds(1, 100 << 10));
  BOOST_TEST(c.responses[second].holds(1, 300 << 10));
}

BOOST_AUTO_TEST_CASE(what_is_refused_or_misdirected_once_is_served_the_second_time) {
  auto server = own_server();
  http2_client c(*server);
  BOOST_TEST((c.get("/h2/refused?id=a").reset == NGHTTP2_REFUSED_STREAM));
  BOOST_TEST((c.get("/h2/refused?id=b").reset == NGHTTP2_REFUSED_STREAM));
  BOOST_TEST(c.get("/h2/refused?id=a").body == "ok\n");
  BOOST_TEST(c.get("/h2/421?id=m").status == 421);
  BOOST_TEST(c.get("/h2/421?id=m").status == 200);
  BOOST_TEST(c.get("/h2/421").status == 421);
  wire w(*server);
  w.send("GET /h2/refused HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(w.receive().starts_with("HTTP/1.1 400"));
}

BOOST_AUTO_TEST_CASE(windows_that_turn_negative_amid_an_upload_come_back) {
  http2_client c(shared_server());
  c.get("/bytes/1");
  const auto id = c.send("/h2/settings-shrink?id=s&pause_after=10k&pause_ms=50", "POST", content(1, 2 << 20));
  bool was_negative = false;
  c.run([&] {
    was_negative = was_negative || nghttp2_session_get_stream_remote_window_size(c.session(), id) < 0
                   || nghttp2_session_get_remote_settings(c.session(), NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) == 0;
    return c.responses[id].closed;
  });
  BOOST_TEST(was_negative);
  BOOST_TEST(c.responses[id].body.starts_with(hash_report(1, 2 << 20)));
}

BOOST_AUTO_TEST_CASE(a_server_without_settings_sends_none) {
  origin::config settings;
  settings.http2.send_settings = false;
  auto server = own_server(settings);
  for (bool secure : both) {
    http2_client c(*server, {.secure = secure});
    c.send("/bytes/1");
    c.run_to_end();
    BOOST_TEST((c.complaint == NGHTTP2_PROTOCOL_ERROR));
  }
}

BOOST_AUTO_TEST_CASE(a_dead_connection_answers_nothing_and_is_dropped_in_the_end) {
  auto server = own_server();
  http2_client c(*server);
  const auto id = c.send("/h2/stall-connection?after=1000&ms=300");
  c.run([&] { return c.responses[id].body.size() == 1000; });
  nghttp2_submit_ping(c.session(), 0, nullptr);
  const auto other = c.send("/bytes/10");
  c.run_to_end();
  BOOST_TEST(server->snapshot().pings_received == 0u);
  BOOST_TEST(c.responses[other].status == 0);
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
