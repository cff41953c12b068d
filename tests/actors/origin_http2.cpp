// The scripted origin over HTTP/2: its windows, its counters and its frames.
#include "http2_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(origin_http2)

BOOST_AUTO_TEST_CASE(alpn_or_the_preface_decides_which_protocol_is_spoken) {
  for (auto offers : {std::vector<std::string>{"http/1.1"}, {"http/1.1", "h2"}, {}}) {
    wire w(shared_server(), true, 0, offers);
    BOOST_TEST(w.agreed() == (offers.empty() ? "" : "http/1.1")); // the first of the client's
    w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(w.receive().starts_with("HTTP/1.1 200"));
  }
  wire slow(shared_server());
  for (const char& one : origin::http2_preface)
    slow.send({&one, 1});
  slow.send(std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  BOOST_TEST(slow.receive().substr(3, 1) == "\4"); // SETTINGS
  wire other(shared_server());
  other.send("P");
  other.send("OST /bytes/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
  BOOST_TEST(other.receive().starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_CASE(where_it_is_switched_off_there_is_no_http2) {
  origin::config settings;
  settings.http2.enabled = false;
  auto server = own_server(settings);
  BOOST_TEST(wire(*server, true, 0, {"h2", "http/1.1"}).agreed() == "http/1.1");
  wire w(*server);
  w.send(origin::http2_preface);
  BOOST_TEST(w.receive().starts_with("HTTP/1.1 400"));
}

BOOST_AUTO_TEST_CASE(data_frames_carry_what_the_chunk_allows_and_none_is_without_content) {
  http2_client c(shared_server());
  for (const char* target : {"/status/204", "/status/304", "/bytes/0"})
    c.get(target);
  c.get("/bytes/1g", "HEAD");
  c.get("/chunked/5", "HEAD");
  BOOST_TEST(c.count(NGHTTP2_DATA) == 0u);
  BOOST_TEST(c.get("/chunked/70000?chunk=1000").complete);
  BOOST_TEST(std::all_of(c.frames.begin(), c.frames.end(),
                         [](auto& frame) { return frame.type != NGHTTP2_DATA || frame.length <= 1000; }));
}

BOOST_AUTO_TEST_CASE(interim_responses_have_no_bound) {
  BOOST_TEST(http2_client(shared_server()).get("/fault/many-interim?n=300").interim.size() == 300u);
}

BOOST_AUTO_TEST_CASE(streams_are_answered_side_by_side) {
  for (bool secure : both) {
    http2_client c(shared_server(), {.secure = secure});
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 100; ++i)
      ids.push_back(c.send("/bytes/100k?seed=" + std::to_string(i)));
    for (unsigned i = 0; i < 100; ++i)
      BOOST_TEST(c.wait(ids[i]).holds(i, 100 << 10));
    std::size_t switches = 0;
    std::int32_t last = 0;
    for (const auto& frame : c.frames)
      if (frame.type == NGHTTP2_DATA)
        switches += std::exchange(last, frame.stream) != frame.stream ? 1 : 0;
    BOOST_TEST(switches > 200u);
  }
}

BOOST_AUTO_TEST_CASE(no_more_streams_than_allowed_are_open) {
  origin::config settings;
  settings.http2.max_concurrent_streams = 3;
  auto server = own_server(settings);
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
    const auto figures = server->figures_of("shut").value();
    BOOST_TEST(figures.bytes_sent == 65535u);
    BOOST_TEST(figures.window_updates == 0u);
    BOOST_TEST(!figures.closed);
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
  origin::config settings;
  settings.http2.initial_window_size = 100000;
  auto server = own_server(settings);
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
  const auto figures = server->snapshot();
  BOOST_TEST(figures.http2_connections == 1u);
  BOOST_TEST(figures.resets_received == 2u);
  BOOST_TEST(figures.cancels_received == 1u);
  BOOST_TEST(figures.pings_received == 1u);
  BOOST_TEST(figures.settings_received == 2u);
  BOOST_TEST(figures.streams_open == 0u);
  BOOST_TEST(*server->figures_of("gone")->reset_code == NGHTTP2_CANCEL);
  BOOST_TEST(*server->figures_of("refused")->reset_code == NGHTTP2_REFUSED_STREAM);
  BOOST_TEST(server->figures_of("gone")->closed);
  BOOST_TEST(!server->figures_of("never"));
}

BOOST_AUTO_TEST_CASE(padding_is_added_where_it_is_wanted_and_content_stays_right) {
  origin::config settings;
  settings.http2.padding = 7;
  auto server = own_server(settings);
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

BOOST_AUTO_TEST_CASE(bytes_that_are_no_frames_end_the_connection) {
  auto server = own_server();
  wire w(*server);
  w.send(origin::http2_preface);
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
      clients.push_back(std::make_unique<http2_client>(*server, http2_options{.secure = secure}));
      clients.back()->send(target, "POST", content(1, 100000));
      clients.back()->flush();
    }
  BOOST_TEST(eventually([&] { return server->snapshot().requests == clients.size(); }));
  server->stop();
  BOOST_TEST(server->snapshot().connections_open == 0u);
  BOOST_TEST(server->snapshot().streams_open == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
