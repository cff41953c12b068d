// The scripted origin over HTTP/1.1, route by route, against a plain blocking client.
#include "http1_client.hpp"

#include <sluice/protocols/coding/decoder.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::tests;

namespace {

std::string inflated(std::string_view from, int window_bits) {
  z_stream z{};
  inflateInit2(&z, window_bits);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
  z.avail_in = static_cast<uInt>(from.size());
  std::string result;
  char piece[16 << 10];
  for (int now = Z_OK; now == Z_OK || (now == Z_STREAM_END && z.avail_in != 0);) {
    if (now == Z_STREAM_END)
      inflateReset(&z);
    z.next_out = reinterpret_cast<Bytef*>(piece);
    z.avail_out = sizeof piece;
    now = inflate(&z, Z_NO_FLUSH);
    result.append(piece, sizeof piece - z.avail_out);
  }
  inflateEnd(&z);
  return result;
}

/// What the library's own decoder makes of it, `room` bytes at most; empty if it is not valid.
std::string decoded(std::string_view encoding, std::string_view from, std::size_t room) {
  auto decoder = *coding::decoder::make(encoding);
  auto input = std::as_bytes(std::span{from});
  std::string result(room, '\0');
  std::size_t size = 0;
  while ((!input.empty() || decoder.has_pending_output()) && size < room) {
    const auto done = decoder.decode(input, std::as_writable_bytes(std::span{result}).subspan(size));
    if (done.state == coding::state::failed)
      return {};
    input = input.subspan(static_cast<std::size_t>(done.consumed.value));
    size += done.produced;
  }
  result.resize(size);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin_http1)

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_seed_on_a_reused_connection) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    for (std::size_t n : {0u, 1u, 4096u, 262144u, 3000001u}) {
      auto r = c.get("/bytes/" + std::to_string(n) + "?seed=9");
      BOOST_TEST(r.status == 200);
      BOOST_TEST(r.field("content-length") == std::to_string(n));
      BOOST_TEST(r.holds(9, n));
      BOOST_TEST(r.reusable);
    }
    BOOST_TEST(c.get("/bytes/2k").holds(1, 2048));
  }
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body) {
  http1_client c(shared_server());
  auto r = c.get("/bytes/1g", "HEAD");
  BOOST_TEST(r.field("content-length") == std::to_string(1u << 30));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/chunked/5", "HEAD").complete);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
}

BOOST_AUTO_TEST_CASE(chunked_carries_the_content_and_its_hash) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    for (const char* chunk : {"", "chunk=1&", "chunk=255&", "chunk=1m&"}) {
      auto r = c.get(std::string("/chunked/70000?") + chunk + "trailers=1");
      BOOST_TEST(r.field("transfer-encoding") == "chunked");
      BOOST_TEST(r.holds(1, 70000));
      BOOST_TEST(r.trailers.get("content-hash").value_or("") == origin::hex(origin::hash_of(1, 70000)));
      BOOST_TEST(r.reusable);
    }
    BOOST_TEST(c.get("/chunked/0").complete);
  }
}

BOOST_AUTO_TEST_CASE(close_ends_with_the_connection_and_tls_says_so_unless_told_not_to) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    auto r = c.get("/close/300k?seed=2");
    BOOST_TEST(r.holds(2, 300 << 10));
    BOOST_TEST((c.connection().end() == ended::cleanly));
  }
  http1_client c(shared_server(), true);
  BOOST_TEST(c.get("/close/1000?tls=abrupt").body.size() == 1000u);
  BOOST_TEST((c.connection().end() == ended::without_notify));
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_chunks) {
  http1_client c(shared_server());
  c.connection().send("GET /chunked/1000 HTTP/1.0\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.field("transfer-encoding") == "");
  BOOST_TEST(r.holds(1, 1000));
}

BOOST_AUTO_TEST_CASE(compressed_content_inflates_to_the_seeds_content) {
  constexpr int gzip = 31, zlib = 15, raw = -15;
  const auto expected = content(4, 100000);
  http1_client c(shared_server());
  auto r = c.get("/gzip/100000?seed=4");
  BOOST_TEST(r.field("content-encoding") == "gzip");
  BOOST_TEST((inflated(r.body, gzip) == expected));
  r = c.get("/gzip/100000?seed=4&members=3");
  BOOST_TEST((inflated(r.body, gzip) == expected));
  std::size_t members = 0;
  for (auto at = r.body.find("\x1f\x8b\x08"); at != std::string::npos; at = r.body.find("\x1f\x8b\x08", at + 1))
    ++members;
  BOOST_TEST(members >= 3u);
  r = c.get("/gzip/100000?seed=4&encoding=deflate");
  BOOST_TEST(r.field("content-encoding") == "deflate");
  BOOST_TEST((inflated(r.body, zlib) == expected));
  r = c.get("/gzip/100000?seed=4&encoding=raw-deflate");
  BOOST_TEST(r.field("content-encoding") == "deflate");
  BOOST_TEST((inflated(r.body, raw) == expected));
  r = c.get("/gzip/100000?seed=4&encoding=gzip,gzip");
  BOOST_TEST(r.field("content-encoding") == "gzip, gzip");
  BOOST_TEST((inflated(inflated(r.body, gzip), gzip) == expected));
  BOOST_TEST(inflated(c.get("/gzip/0").body, gzip).empty());
  BOOST_TEST(c.get("/gzip/10?encoding=compress").status == 400);
}

BOOST_AUTO_TEST_CASE(brotli_and_zstd_content_decodes_to_the_seeds_content) {
  const auto expected = content(4, 100000);
  http1_client c(shared_server());
  for (const std::string encoding : {"br", "zstd"}) {
    auto r = c.get("/gzip/100000?seed=4&members=3&encoding=" + encoding); // br has no members
    BOOST_TEST(r.field("content-encoding") == encoding);
    BOOST_TEST((decoded(encoding, r.body, expected.size() + 1) == expected), encoding);
    std::size_t frames = 0;
    for (auto at = r.body.find("\x28\xb5\x2f\xfd"); at != std::string::npos;
         at = r.body.find("\x28\xb5\x2f\xfd", at + 1))
      ++frames;
    BOOST_TEST(frames == (encoding == "zstd" ? 3u : 0u));
    BOOST_TEST(decoded(encoding, c.get("/gzip/0?encoding=" + encoding).body, 1).empty());
    r = c.get("/gzip/16m?zeros=1&encoding=" + encoding);
    BOOST_TEST(r.body.size() < (100u << 10));
    BOOST_TEST((decoded(encoding, r.body, (16u << 20) + 1) == std::string(16 << 20, '\0')));
  }
}

BOOST_AUTO_TEST_CASE(a_bomb_is_small_on_the_wire) {
  http1_client c(shared_server());
  auto r = c.get("/gzip/16m?zeros=1");
  BOOST_TEST(r.body.size() < (100u << 10));
  BOOST_TEST((inflated(r.body, 31) == std::string(16 << 20, '\0')));
}

BOOST_AUTO_TEST_CASE(drip_comes_in_tiny_chunks_with_time_between) {
  http1_client c(shared_server());
  const auto before = std::chrono::steady_clock::now();
  auto r = c.get("/drip?bytes=40&chunk=8&interval_ms=10");
  BOOST_TEST(r.field("content-type") == "text/event-stream");
  BOOST_TEST(r.holds(1, 40));
  BOOST_TEST((std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(40)));
  BOOST_TEST(c.get("/drip?bytes=5000&chunk=3&interval_ms=0").holds(1, 5000));
}

BOOST_AUTO_TEST_CASE(a_body_with_a_rate_takes_its_time) {
  http1_client c(shared_server());
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(c.get("/bytes/300k?rate=1m").holds(1, 300 << 10));
  BOOST_TEST((std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(200))); // 50 ms may come at once
  BOOST_TEST(c.get("/bytes/10?rate=0").status == 200);
  BOOST_TEST(c.get("/bytes/10?rate=x").status == 400);
}

BOOST_AUTO_TEST_CASE(a_firehose_stops_when_the_client_does_and_goes_with_it) {
  for (bool secure : both) {
    auto server = own_server();
    {
      wire w(*server, secure, 32 << 10);
      w.send("GET /firehose HTTP/1.1\r\nHost: x\r\n\r\n");
      BOOST_TEST(!w.receive().empty());
      BOOST_TEST(eventually([&] { return server->snapshot().connections_blocked == 1; }));
      const auto stopped_at = server->snapshot().bytes_written;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      BOOST_TEST(server->snapshot().bytes_written == stopped_at);
      BOOST_TEST(server->snapshot().blocked_writes >= 1u);
      for (std::size_t got = 0; got < (16u << 20);)
        got += w.receive().size();
      BOOST_TEST(eventually([&] { return server->snapshot().bytes_written > stopped_at; }));
    }
    BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
    BOOST_TEST(server->snapshot().connections_blocked == 0u);
  }
}

BOOST_AUTO_TEST_CASE(every_final_status_can_be_had) {
  http1_client c(shared_server());
  for (int code : {200, 201, 204, 304, 404, 418, 500, 503, 599}) {
    auto r = c.get("/status/" + std::to_string(code));
    BOOST_TEST(r.status == code);
    BOOST_TEST(r.body.empty() == (code == 204 || code == 304));
    BOOST_TEST(r.reusable);
  }
  BOOST_TEST(c.get("/status/100").status == 400);
}

BOOST_AUTO_TEST_CASE(redirects_have_bodies_and_come_in_rows) {
  http1_client c(shared_server());
  auto r = c.get("/redirect?to=%2Fbytes%2F1%3Fseed%3D2&bytes=100k&status=307");
  BOOST_TEST(r.status == 307);
  BOOST_TEST(r.field("location") == "/bytes/1?seed=2");
  BOOST_TEST(r.holds(1, 100 << 10));
  int hops = 0;
  for (r = c.get("/redirect?n=3&to=/status/200"); r.status == 302; r = c.get(r.field("location")))
    ++hops;
  BOOST_TEST(hops == 3);
  BOOST_TEST(r.status == 200);
  BOOST_TEST(http1_client(shared_server()).get("/redirect?to=a%0d%0ab").status == 400);
}

BOOST_AUTO_TEST_CASE(echo_gives_back_bodies_of_known_and_unknown_length) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    const auto body = content(6, 50000);
    auto r = c.post("/echo", body, "Content-Type: text/x-thing\r\n");
    BOOST_TEST((r.body == body));
    BOOST_TEST(r.field("content-type") == "text/x-thing");
    BOOST_TEST(r.field("content-length") == "50000");
    BOOST_TEST(c.post("/echo", "").complete);
    c.connection().send(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n");
    c.connection().send("0\r\n\r\n");
    r = c.read();
    BOOST_TEST(r.body == "hello, world");
    BOOST_TEST(r.field("transfer-encoding") == "chunked");
    BOOST_TEST(r.reusable);
  }
}

BOOST_AUTO_TEST_CASE(echo_stops_reading_while_its_answer_is_not_read) {
  auto server = own_server();
  http1_client c(*server, false, 32 << 10);
  constexpr std::size_t size = 64u << 20;
  std::thread sender([&] {
    c.connection().send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    c.connection().send(content(1, size));
  });
  BOOST_TEST(eventually([&] { return server->snapshot().connections_blocked == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  BOOST_TEST(server->snapshot().request_body_bytes < size / 2);
  auto r = c.read("POST");
  sender.join();
  BOOST_TEST(r.holds(1, size));
}

BOOST_AUTO_TEST_CASE(headers_tells_the_request_as_json) {
  http1_client c(shared_server());
  c.connection().send("GET /headers?a=\" HTTP/1.1\r\nHost: x\r\nX-Thing: a\\b\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.body
             == "{\"method\":\"GET\",\"target\":\"/headers?a=\\\"\",\"version\":\"HTTP/1.1\","
                "\"fields\":[[\"Host\",\"x\"],[\"X-Thing\",\"a\\\\b\"]]}\n");
}

BOOST_AUTO_TEST_CASE(interim_responses_come_first) {
  http1_client c(shared_server());
  auto r = c.get("/interim?n=3");
  BOOST_TEST((r.interim == std::vector<int>(3, 103)));
  BOOST_TEST(r.body == "ok\n");
  BOOST_TEST((c.get("/interim?code=102").interim == std::vector<int>{102}));
  BOOST_TEST(c.get("/interim?code=101").status == 400);
}

BOOST_AUTO_TEST_CASE(upload_tells_length_hash_and_whether_the_content_is_right) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    auto r = c.post("/upload?seed=6", content(6, 300001));
    BOOST_TEST(r.body
               == "{\"bytes\":300001,\"hash\":\"" + origin::hex(origin::hash_of(6, 300001)) + "\",\"good\":true}\n");
    BOOST_TEST(c.post("/upload?seed=7", content(6, 1000)).body.find("\"good\":false") != std::string::npos);
    BOOST_TEST(c.post("/upload", "").body.find("\"bytes\":0,") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(upload_pauses_where_told) {
  auto server = own_server();
  http1_client c(*server);
  std::thread sender([&] {
    c.connection().send(
        "PUT /upload?pause_after=100k&pause_ms=200 HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n");
    c.connection().send(content(1, 8 << 20));
  });
  const bool paused = eventually([&] { return server->snapshot().request_body_bytes == 100u << 10; });
  auto r = c.read("PUT");
  sender.join();
  BOOST_TEST(paused);
  BOOST_TEST(r.body.find("\"bytes\":8388608,\"hash\":\"" + origin::hex(origin::hash_of(1, 8 << 20)))
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_is_told_to_go_on_or_is_refused) {
  http1_client c(shared_server());
  const std::string rest = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  for (const char* target : {"/upload", "/echo"}) {
    c.connection().send(std::string("POST ") + target + rest);
    BOOST_TEST(c.connection().readable_within(20000)); // before any of the body was sent
    c.connection().send("hello");
    auto r = c.read("POST");
    BOOST_TEST((r.interim == std::vector<int>{100}));
    BOOST_TEST(r.reusable);
  }
  c.connection().send("POST /upload?continue=never" + rest);
  BOOST_TEST(!c.connection().readable_within(50));
  c.connection().send("hello");
  BOOST_TEST(c.read("POST").interim.empty());
  c.connection().send("POST /status/403" + rest);
  auto r = c.read("POST");
  BOOST_TEST(r.status == 403);
  BOOST_TEST(!r.reusable);
}

BOOST_AUTO_TEST_CASE(early_answers_without_reading_the_upload) {
  for (bool abrupt : both) {
    auto server = own_server();
    http1_client c(*server);
    c.connection().send(std::string("POST /early?hold_ms=30") + (abrupt ? "&abrupt=1" : "")
                        + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    c.connection().send(content(1, 300000));
    auto r = c.read("POST");
    BOOST_TEST(r.status == 413);
    BOOST_TEST(!r.reusable);
    BOOST_TEST(c.connection().receive().empty());
    BOOST_TEST((c.connection().end() == (abrupt ? ended::by_reset : ended::cleanly)));
    BOOST_TEST(server->snapshot().request_body_bytes < 300000u);
  }
}

BOOST_AUTO_TEST_CASE(a_body_over_the_bound_is_refused) {
  origin::config settings;
  settings.request_body_bytes_max = 1000;
  auto server = own_server(settings);
  http1_client c(*server);
  auto r = c.post("/upload", content(1, 1001));
  BOOST_TEST(r.status == 413);
  http1_client d(*server);
  d.connection().send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + content(1, 2000)
                      + "\r\n");
  BOOST_TEST(d.connection().receive().empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_route_lists_the_known_ones) {
  http1_client c(shared_server());
  for (const char* target : {"/", "/nothing", "/bytes/many", "/bytes", "/fault/none", "/echo/1"}) {
    auto r = c.get(target);
    BOOST_TEST(r.status == (target == std::string_view{"/"} ? 200 : 404));
    BOOST_TEST(r.body.find("slow-header?interval_ms=") != std::string::npos);
  }
  BOOST_TEST(c.get("/bytes/1?seed=x").status == 400);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    std::string many;
    for (int i = 0; i < 200; ++i)
      many += "GET /bytes/" + std::to_string(i * 100) + "?seed=" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    c.connection().send(many); // few enough that the server's input buffer takes them all
    bool good = true;
    for (unsigned i = 0; i < 200; ++i)
      good = c.read().holds(i, i * 100) && good;
    BOOST_TEST(good);
  }
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte_and_unwanted_bodies_are_discarded) {
  http1_client c(shared_server());
  const std::string text = "POST /bytes/10 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  for (char one : text)
    c.connection().send({&one, 1});
  BOOST_TEST(c.read("POST").holds(1, 10));
  BOOST_TEST(c.post("/status/200", content(1, 500000)).status == 200);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
}

BOOST_AUTO_TEST_CASE(a_client_that_shuts_down_sending_still_gets_its_answer) {
  http1_client c(shared_server());
  c.connection().send("GET /drip?bytes=32&interval_ms=5 HTTP/1.1\r\nHost: x\r\n\r\n");
  c.connection().shut_down_sending();
  BOOST_TEST(c.read().holds(1, 32));
  BOOST_TEST(c.connection().receive().empty());
}

BOOST_AUTO_TEST_CASE(connection_close_is_honoured) {
  http1_client c(shared_server());
  c.connection().send("GET /bytes/5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.field("connection") == "close");
  BOOST_TEST(c.connection().receive().empty());
}

BOOST_AUTO_TEST_SUITE_END()
