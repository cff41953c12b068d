// The scripted origin over HTTP/2: its routes, its windows, its counters, and what it does on purpose.
#include "http2_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
namespace served = sluice::origin;

namespace {

served::server& shared_server() {
  static auto x = own_server();
  return *x;
}

constexpr bool both[] = {false, true};
http2_options over(bool secure) { return {.secure = secure}; }

std::string hash_report(std::uint64_t seed, std::uint64_t n) {
  return "{\"bytes\":" + std::to_string(n) + ",\"hash\":\"" + served::hex(served::hash_of(seed, n)) + "\"";
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_http2)

BOOST_AUTO_TEST_CASE(alpn_or_the_preface_decides_which_protocol_is_spoken) {
  for (auto offers : {std::vector<std::string>{"http/1.1"}, {"http/1.1", "h2"}, {}}) {
    wire w(shared_server(), true, 0, offers);
    BOOST_TEST(w.agreed() == (offers.empty() ? "" : "http/1.1")); // the first of the client's
    w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(w.receive().starts_with("HTTP/1.1 200"));
  }
  wire slow(shared_server());
  for (const char& one : served::http2_preface)
    slow.send({&one, 1});
  slow.send(std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  BOOST_TEST(slow.receive().substr(3, 1) == "\4"); // SETTINGS
  wire other(shared_server());
  other.send("P");
  other.send("OST /bytes/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  BOOST_TEST(other.receive().starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_CASE(where_it_is_switched_off_there_is_no_http2) {
  served::config x;
  x.http2.enabled = false;
  auto server = own_server(x);
  BOOST_TEST(wire(*server, true, 0, {"h2", "http/1.1"}).agreed() == "http/1.1");
  wire w(*server);
  w.send(served::http2_preface);
  BOOST_TEST(w.receive().starts_with("HTTP/1.1 400"));
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused_by_name) {
  const auto refused = [](auto change) {
    served::config x;
    change(x.http2);
    auto made = served::server::start(x);
    return made ? std::string() : made.error().detail;
  };
  BOOST_TEST(refused([](auto& x) { x.initial_window_size = 1u << 31; }).find("initial_window_size")
             != std::string::npos);
  BOOST_TEST(refused([](auto& x) { x.connection_window_size = 1; }).find("connection_window_size")
             != std::string::npos);
  BOOST_TEST(refused([](auto& x) { x.max_frame_size = 1000; }).find("max_frame_size") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_seed) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
    for (std::size_t n : {0u, 1u, 16384u, 65535u, 65536u, 3000001u}) {
      auto r = c.get("/bytes/" + std::to_string(n) + "?seed=9");
      BOOST_TEST(r.status == 200);
      BOOST_TEST(r.field("content-length") == std::to_string(n));
      BOOST_TEST(r.holds(9, n));
      BOOST_TEST(r.complete);
    }
  }
}

BOOST_AUTO_TEST_CASE(heads_and_statuses_without_content_end_the_stream_by_themselves) {
  http2_client c(shared_server());
  for (const char* target : {"/status/204", "/status/304", "/bytes/0"}) {
    auto r = c.get(target);
    BOOST_TEST(r.complete);
    BOOST_TEST(r.body.empty());
  }
  auto r = c.get("/bytes/1g", "HEAD");
  BOOST_TEST(r.field("content-length") == std::to_string(1u << 30));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/chunked/5", "HEAD").complete);
  BOOST_TEST(c.count(NGHTTP2_DATA) == 0u);
}

BOOST_AUTO_TEST_CASE(content_of_unknown_length_has_no_transfer_coding_and_may_have_trailers) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
    auto r = c.get("/chunked/70000?trailers=1&chunk=1000");
    BOOST_TEST(r.holds(1, 70000));
    BOOST_TEST(!r.fields.contains("transfer-encoding"));
    BOOST_TEST(!r.fields.contains("content-length"));
    BOOST_TEST(!r.fields.contains("connection"));
    BOOST_TEST(r.trailers.get("content-hash").value_or("") == served::hex(served::hash_of(1, 70000)));
    BOOST_TEST(r.complete);
    BOOST_TEST(std::all_of(c.frames.begin(), c.frames.end(),
                           [](auto& x) { return x.type != NGHTTP2_DATA || x.length <= 1000; }));
    BOOST_TEST(c.get("/close/1000").holds(1, 1000));
    BOOST_TEST(c.get("/drip?bytes=40&chunk=8&interval_ms=2").holds(1, 40));
    BOOST_TEST(c.get("/gzip/16m?zeros=1").body.size() < (100u << 10));
    BOOST_TEST(c.get("/redirect?to=/x&bytes=100k&status=307").field("location") == "/x");
    BOOST_TEST(c.get("/redirect?to=a%0d%0ab").status == 400);
    BOOST_TEST(c.get("/nothing").status == 404);
  }
}

BOOST_AUTO_TEST_CASE(headers_and_interim_responses) {
  http2_client c(shared_server());
  auto r = c.wait(c.send("/headers?a=1", "GET", {}, {{"x-thing", "y"}}));
  BOOST_TEST(
      r.body
      == "{\"method\":\"GET\",\"target\":\"/headers?a=1\",\"version\":\"HTTP/2\",\"fields\":[[\"x-thing\",\"y\"]]}\n");
  r = c.get("/interim?n=3");
  BOOST_TEST((r.interim == std::vector<int>(3, 103)));
  BOOST_TEST(r.body == "ok\n");
  BOOST_TEST(c.get("/fault/many-interim?n=300").interim.size() == 300u);
  r = c.post("/upload?seed=1", content(1, 10), {{"expect", "100-continue"}});
  BOOST_TEST((r.interim == std::vector<int>{100}));
}

BOOST_AUTO_TEST_CASE(bodies_larger_than_the_windows_come_and_go) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
    auto r = c.post("/upload?seed=6", content(6, 3000001));
    BOOST_TEST(r.body == hash_report(6, 3000001) + ",\"good\":true}\n");
    const auto body = content(7, 3000000);
    BOOST_TEST((c.post("/echo", body, {{"content-type", "text/x-thing"}}).body == body));
    BOOST_TEST(c.post("/echo", "").complete);
    BOOST_TEST(c.post("/bytes/10", content(1, 3000000)).holds(1, 10)); // unwanted
    BOOST_TEST(c.post("/echo", body, {{"content-length", "3000000"}}).field("content-length") == "3000000");
  }
}

BOOST_AUTO_TEST_CASE(streams_are_answered_side_by_side) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 100; ++i)
      ids.push_back(c.send("/bytes/100k?seed=" + std::to_string(i)));
    for (unsigned i = 0; i < 100; ++i)
      BOOST_TEST(c.wait(ids[i]).holds(i, 100 << 10));
    std::size_t switches = 0;
    std::int32_t last = 0;
    for (const auto& x : c.frames)
      if (x.type == NGHTTP2_DATA)
        switches += std::exchange(last, x.stream) != x.stream ? 1 : 0;
    BOOST_TEST(switches > 200u);
  }
}

BOOST_AUTO_TEST_CASE(no_more_streams_than_allowed_are_open) {
  served::config x;
  x.http2.max_concurrent_streams = 3;
  auto server = own_server(x);
  http2_client c(*server);
  c.get("/bytes/1"); // now the setting is known
  for (int i = 0; i < 10; ++i)
    c.send("/fault/stall?bytes=10&after=5");
  c.run([&] {
    return std::count_if(c.responses.begin(), c.responses.end(), [](auto& r) { return r.second.body.size() == 5; })
           == 3;
  });
  BOOST_TEST(server->snapshot().streams_open == 3u);
  BOOST_TEST(server->snapshot().requests == 4u);
}

BOOST_AUTO_TEST_CASE(a_stream_whose_window_is_shut_does_not_hold_up_others) {
  for (bool secure : both) {
    auto server = own_server();
    http2_client c(*server, {.secure = secure, .consumes = false});
    const auto shut = c.send("/firehose?id=shut");
    for (int i = 0; i < 100; ++i)
      BOOST_TEST(c.get("/bytes/60000?id=read").holds(1, 60000));
    BOOST_TEST(c.responses[shut].body.size() == 65535u);
    const auto x = server->figures_of("shut").value();
    BOOST_TEST(x.bytes_sent == 65535u);
    BOOST_TEST(x.window_updates == 0u);
    BOOST_TEST(!x.closed);
    BOOST_TEST(server->snapshot().stream_window_updates == 0u);
    BOOST_TEST(server->snapshot().connection_window_updates >= 1u);
    nghttp2_session_consume_stream(c.session(), shut, 65535);
    c.run([&] { return c.responses[shut].body.size() == 2 * 65535; });
    c.flush();
    BOOST_TEST(server->figures_of("shut")->window_updates == 1u);
    BOOST_TEST(server->figures_of("shut")->window_bytes == 65535u);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_its_socket_is_sent_no_more_than_buffers_hold) {
  auto server = own_server();
  {
    http2_client c(*server, {.connection_window = 1 << 30, .stream_window = 1u << 30, .receive_buffer = 32 << 10});
    c.send("/firehose?id=a");
    c.flush();
    BOOST_TEST(eventually([&] { return server->snapshot().connections_blocked == 1; }));
    const auto stopped_at = server->figures_of("a")->bytes_sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    BOOST_TEST(server->figures_of("a")->bytes_sent == stopped_at);
    nghttp2_submit_ping(c.session(), 0, nullptr);
    c.flush();
    BOOST_TEST(eventually([&] { return server->snapshot().pings_received == 1; })); // it still listens
  }
  BOOST_TEST(
      eventually([&] { return server->snapshot().connections_open == 0 && server->snapshot().streams_open == 0; }));
}

BOOST_AUTO_TEST_CASE(the_windows_of_a_request_grow_only_as_its_answer_takes_it) {
  served::config x;
  x.http2.initial_window_size = 100000;
  auto server = own_server(x);
  http2_client c(*server);
  c.get("/bytes/1"); // the window is known
  const auto paused = c.send("/upload?id=u&pause_after=50000&pause_ms=60000", "POST", content(1, 4 << 20));
  BOOST_TEST(c.post("/upload", content(1, 1000000)).complete); // beside it
  const auto received = [&] { return server->figures_of("u")->request_body_bytes; };
  BOOST_TEST(eventually([&] { return received() >= 100000; }));
  c.get("/bytes/1");
  BOOST_TEST(received() <= 150000u);
  BOOST_TEST(!c.responses[paused].complete);
  http2_client d(*server);
  BOOST_TEST(
      d.post("/upload?pause_after=50000&pause_ms=20", content(1, 1 << 20)).body.starts_with(hash_report(1, 1 << 20)));
}

BOOST_AUTO_TEST_CASE(frames_from_the_client_are_counted) {
  auto server = own_server();
  http2_client c(*server);
  const auto id = c.send("/firehose?id=gone");
  c.run([&] { return c.responses[id].body.size() > 1000; });
  nghttp2_submit_rst_stream(c.session(), 0, id, NGHTTP2_CANCEL);
  const auto second = c.send("/fault/stall?id=refused");
  c.run([&] { return c.responses[second].body.size() > 1000; });
  nghttp2_submit_rst_stream(c.session(), 0, second, NGHTTP2_REFUSED_STREAM);
  nghttp2_submit_ping(c.session(), 0, nullptr);
  nghttp2_submit_settings(c.session(), 0, nullptr, 0);
  nghttp2_submit_goaway(c.session(), 0, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  c.flush();
  BOOST_TEST(eventually([&] { return server->snapshot().goaways_received == 1; }));
  const auto x = server->snapshot();
  BOOST_TEST(x.http2_connections == 1u);
  BOOST_TEST(x.resets_received == 2u);
  BOOST_TEST(x.cancels_received == 1u);
  BOOST_TEST(x.pings_received == 1u);
  BOOST_TEST(x.settings_received == 2u);
  BOOST_TEST(x.streams_open == 0u);
  BOOST_TEST(*server->figures_of("gone")->reset_code == NGHTTP2_CANCEL);
  BOOST_TEST(*server->figures_of("refused")->reset_code == NGHTTP2_REFUSED_STREAM);
  BOOST_TEST(server->figures_of("gone")->closed);
  BOOST_TEST(!server->figures_of("never"));
}

BOOST_AUTO_TEST_CASE(padding_is_added_where_it_is_wanted_and_content_stays_right) {
  served::config x;
  x.http2.padding = 7;
  auto server = own_server(x);
  for (const char* target :
       {"/bytes/300000", "/h2/padded?bytes=300000&padding=255", "/chunked/300000?chunk=3000&trailers=1"}) {
    http2_client c(*server);
    BOOST_TEST(c.get(target).holds(1, 300000));
    for (const auto& f : c.frames)
      if (f.type == NGHTTP2_DATA && f.length > 256)
        BOOST_TEST((f.flags & NGHTTP2_FLAG_PADDED) != 0);
  }
  http2_client small(*server, {.stream_window = 3});
  BOOST_TEST(small.get("/h2/padded?bytes=100").holds(1, 100));
}

BOOST_AUTO_TEST_CASE(one_byte_data_comes_in_frames_of_one_byte) {
  http2_client c(shared_server());
  BOOST_TEST(c.get("/h2/one-byte-data?bytes=500").holds(1, 500));
  BOOST_TEST(c.count(NGHTTP2_DATA) == 500u);
}

// ---- faults --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cut_closes_the_connection_or_ends_the_stream_early) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
    auto r = c.get("/fault/cut?bytes=100k&after=30k");
    BOOST_TEST(r.holds(1, 30 << 10));
    BOOST_TEST(!r.complete);
    BOOST_TEST((c.connection().end() == ended::cleanly));
    http2_client d(shared_server(), over(secure));
    r = d.get("/fault/cut?bytes=100k&after=30k&stream=1");
    BOOST_TEST(r.field("content-length") == "102400");
    BOOST_TEST(r.body.size() <= (30u << 10));
    BOOST_TEST((r.refused == NGHTTP2_PROTOCOL_ERROR)); // less than promised
    BOOST_TEST(d.get("/bytes/10").holds(1, 10));
  }
}

BOOST_AUTO_TEST_CASE(reset_resets_the_stream_or_the_connection) {
  for (bool secure : both) {
    http2_client c(shared_server(), over(secure));
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
  for (const auto& x : table) {
    http2_client c(*server);
    const auto id = c.send(std::string("/h2/") + x.target);
    c.run([&] { return c.complaint || c.responses[id].refused; });
    if (x.how == seen::stopped)
      BOOST_TEST(!c.problem.empty(), x.target);
    else
      BOOST_TEST(((x.how == seen::goaway ? c.complaint : c.responses[id].refused) == x.code), x.target);
  }
  BOOST_TEST(eventually([&] { return server->snapshot().streams_open == 0; }));
  served::config settings;
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
                         [](auto& x) { return x.type == NGHTTP2_HEADERS && x.length > 16000; }));
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
  served::config x;
  x.http2.send_settings = false;
  auto server = own_server(x);
  for (bool secure : both) {
    http2_client c(*server, over(secure));
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

BOOST_AUTO_TEST_CASE(bytes_that_are_no_frames_end_the_connection) {
  auto server = own_server();
  wire w(*server);
  w.send(served::http2_preface);
  w.send(content(1, 100000));
  while (!w.receive().empty()) {
  }
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
}

BOOST_AUTO_TEST_CASE(stopping_amid_every_kind_of_answer_joins_and_closes) {
  auto server = own_server();
  std::vector<std::unique_ptr<http2_client>> clients;
  for (const char* target : {"/firehose", "/drip?bytes=1m", "/fault/stall", "/fault/slow-header", "/h2/ping-flood",
                             "/h2/stall-connection", "/upload"})
    for (bool secure : both) {
      clients.push_back(std::make_unique<http2_client>(*server, over(secure)));
      clients.back()->send(target, "POST", content(1, 100000));
      clients.back()->flush();
    }
  BOOST_TEST(eventually([&] { return server->snapshot().requests == clients.size(); }));
  server->stop();
  BOOST_TEST(server->snapshot().connections_open == 0u);
  BOOST_TEST(server->snapshot().streams_open == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
