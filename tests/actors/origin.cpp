// The scripted origin, route by route and fault by fault, against a plain blocking client.
#include "wire.hpp"

#include <sluice/deploy/origin/query.hpp>

#include <sluice/protocols/http1/response_parser.hpp>
#include <sluice/protocols/tls/certificate.hpp>

#include <boost/test/unit_test.hpp>

#include <zlib.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::tests;
namespace served = sluice::origin; // the suite has the name itself

namespace {

/// One server for the suite; a test that looks at its counters starts its own.
served::server& shared_server() {
  static auto x = served::server::start({});
  if (!x)
    throw std::runtime_error(to_string(x.error()));
  return **x;
}

struct response {
  std::vector<std::uint16_t> interim;
  std::optional<http::response_head> head;
  std::string body;
  http::fields trailers;
  bool complete = false, reusable = false;
  failure problem;

  int status() const { return head ? head->status : 0; }
  std::string field(std::string_view name) const {
    return head ? std::string(head->fields.get(name).value_or("")) : "";
  }
  bool holds(std::uint64_t seed, std::uint64_t n) const {
    served::checker c(seed);
    return body.size() == n && c.update(bytes_of(body));
  }
};

/// Requests one after the other on one connection.
class client {
public:
  explicit client(served::server& server, bool secure = false, int receive_buffer = 0)
    : wire_(server, secure, receive_buffer) {}
  wire& connection() { return wire_; }

  response get(const std::string& target, const std::string& method = "GET") {
    wire_.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    return read(method);
  }
  response post(const std::string& target, std::string_view body, const std::string& fields = "") {
    wire_.send("POST " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(body.size())
               + "\r\n\r\n");
    wire_.send(body);
    return read("POST");
  }
  response read(const std::string& method = "GET") {
    response result;
    parser_.begin(method);
    for (;;) {
      auto x = parser_.parse(bytes_of(rest_));
      if (auto* p = std::get_if<http1::body>(&x.what))
        result.body.append(reinterpret_cast<const char*>(p->data.data()), p->data.size());
      rest_.remove_prefix(x.consumed);
      if (!std::holds_alternative<http1::need_more>(x.what)) {
        if (apply(result, x))
          return result;
        continue;
      }
      rest_ = wire_.receive();
      if (rest_.empty()) {
        auto last = parser_.finish();
        apply(result, last);
        return result;
      }
    }
  }

private:
  static bool apply(response& to, http1::step& x) {
    if (auto* p = std::get_if<http1::interim>(&x.what))
      to.interim.push_back(p->head.status);
    else if (auto* head = std::get_if<http1::head>(&x.what))
      to.head = head->head;
    else if (auto* end = std::get_if<http1::end>(&x.what)) {
      to.trailers = end->trailers;
      to.complete = true;
      to.reusable = end->reusable;
      return true;
    } else if (auto* problem = std::get_if<failure>(&x.what)) {
      to.problem = *problem;
      return true;
    }
    return false;
  }
  wire wire_;
  http1::response_parser parser_;
  std::string_view rest_;
};

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

constexpr bool both[] = {false, true};

} // namespace

BOOST_AUTO_TEST_SUITE(origin)

BOOST_AUTO_TEST_CASE(content_is_the_same_from_any_offset) {
  const auto whole = content(7, 1000);
  for (std::size_t at = 0; at < 40; ++at)
    for (std::size_t n = 0; n < 40; ++n) {
      std::string part(n, '\0');
      served::fill(7, at, std::as_writable_bytes(std::span(part)));
      BOOST_REQUIRE(part == whole.substr(at, n));
    }
  BOOST_TEST(content(8, 1000) != whole);
}

BOOST_AUTO_TEST_CASE(a_checker_finds_the_first_wrong_byte) {
  auto x = content(3, 20000);
  x[12345] = static_cast<char>(x[12345] ^ 1);
  served::checker c(3);
  BOOST_TEST(c.update(bytes_of(x).first(5001)));
  BOOST_TEST(!c.update(bytes_of(x).subspan(5001)));
  BOOST_TEST(c.offset() == 12345u);
  BOOST_TEST(!c.update({}));
}

BOOST_AUTO_TEST_CASE(a_hash_does_not_depend_on_how_the_stream_was_cut) {
  const auto x = content(5, 1000);
  const auto whole = served::hash(bytes_of(x));
  BOOST_TEST(whole == served::hash_of(5, 1000));
  for (std::size_t step = 1; step < 70; ++step) {
    served::hasher h;
    for (std::size_t at = 0; at < x.size(); at += step)
      h.update(bytes_of(x).subspan(at, std::min(step, x.size() - at)));
    BOOST_REQUIRE(h.value() == whole);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto other = x;
    other[i] = static_cast<char>(other[i] ^ 0x10);
    BOOST_REQUIRE(served::hash(bytes_of(other)) != whole);
  }
  BOOST_TEST(served::hash_of(5, 999) != whole);
}

BOOST_AUTO_TEST_CASE(counts_take_suffixes_and_nothing_else) {
  BOOST_TEST(*served::parse_count("64k") == 65536u);
  BOOST_TEST(*served::parse_count("2G") == std::uint64_t{2} << 30);
  for (const char* bad : {"", "k", "-1", "1kk", "1x", "99999999999999999999", "9999999t"})
    BOOST_TEST(!served::parse_count(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_listen_names_address_and_port) {
  auto& taken = shared_server();
  served::config x;
  x.port = taken.port();
  auto second = served::server::start(x);
  BOOST_REQUIRE(!second);
  const auto& detail = second.error().detail;
  BOOST_TEST(detail.find("127.0.0.1 port " + std::to_string(taken.port())) != std::string::npos, detail);
  x = {};
  x.address = "nowhere";
  BOOST_TEST(!served::server::start(x));
  x = {};
  x.threads = 0;
  BOOST_TEST(!served::server::start(x));
  x = {};
  x.client_ca_pem = "no certificate";
  BOOST_TEST(!served::server::start(x));
}

BOOST_AUTO_TEST_CASE(urls_name_the_ports) {
  auto& s = shared_server();
  BOOST_TEST(s.url("/bytes/1") == "http://127.0.0.1:" + std::to_string(s.port()) + "/bytes/1");
  BOOST_TEST(s.tls_url("/x") == "https://localhost:" + std::to_string(s.tls_port()) + "/x");
}

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_seed_on_a_reused_connection) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    for (std::size_t n : {0u, 1u, 4096u, 262144u, 3000001u}) {
      auto r = c.get("/bytes/" + std::to_string(n) + "?seed=9");
      BOOST_TEST(r.status() == 200);
      BOOST_TEST(r.field("content-length") == std::to_string(n));
      BOOST_TEST(r.holds(9, n));
      BOOST_TEST(r.reusable);
    }
    BOOST_TEST(c.get("/bytes/2k").holds(1, 2048));
  }
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body) {
  client c(shared_server());
  auto r = c.get("/bytes/1g", "HEAD");
  BOOST_TEST(r.field("content-length") == std::to_string(1u << 30));
  BOOST_TEST(r.complete);
  BOOST_TEST(c.get("/chunked/5", "HEAD").complete);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
}

BOOST_AUTO_TEST_CASE(chunked_carries_the_content_and_its_hash) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    for (const char* chunk : {"", "chunk=1&", "chunk=255&", "chunk=1m&"}) {
      auto r = c.get(std::string("/chunked/70000?") + chunk + "trailers=1");
      BOOST_TEST(r.field("transfer-encoding") == "chunked");
      BOOST_TEST(r.holds(1, 70000));
      BOOST_TEST(r.trailers.get("content-hash").value_or("") == served::hex(served::hash_of(1, 70000)));
      BOOST_TEST(r.reusable);
    }
    BOOST_TEST(c.get("/chunked/0").complete);
  }
}

BOOST_AUTO_TEST_CASE(close_ends_with_the_connection_and_tls_says_so_unless_told_not_to) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    auto r = c.get("/close/300k?seed=2");
    BOOST_TEST(r.holds(2, 300 << 10));
    BOOST_TEST((c.connection().end() == ended::cleanly));
  }
  client c(shared_server(), true);
  BOOST_TEST(c.get("/close/1000?tls=abrupt").body.size() == 1000u);
  BOOST_TEST((c.connection().end() == ended::without_notify));
}

BOOST_AUTO_TEST_CASE(http_1_0_gets_no_chunks) {
  client c(shared_server());
  c.connection().send("GET /chunked/1000 HTTP/1.0\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.field("transfer-encoding") == "");
  BOOST_TEST(r.holds(1, 1000));
}

BOOST_AUTO_TEST_CASE(compressed_content_inflates_to_the_seeds_content) {
  constexpr int gzip = 31, zlib = 15, raw = -15;
  const auto expected = content(4, 100000);
  client c(shared_server());
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
  BOOST_TEST(c.get("/gzip/10?encoding=br").status() == 400);
}

BOOST_AUTO_TEST_CASE(a_bomb_is_small_on_the_wire) {
  client c(shared_server());
  auto r = c.get("/gzip/16m?zeros=1");
  BOOST_TEST(r.body.size() < (100u << 10));
  BOOST_TEST((inflated(r.body, 31) == std::string(16 << 20, '\0')));
}

BOOST_AUTO_TEST_CASE(drip_comes_in_tiny_chunks_with_time_between) {
  client c(shared_server());
  const auto before = std::chrono::steady_clock::now();
  auto r = c.get("/drip?bytes=40&chunk=8&interval_ms=10");
  BOOST_TEST(r.field("content-type") == "text/event-stream");
  BOOST_TEST(r.holds(1, 40));
  BOOST_TEST((std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(40)));
  BOOST_TEST(c.get("/drip?bytes=5000&chunk=3&interval_ms=0").holds(1, 5000));
}

BOOST_AUTO_TEST_CASE(a_body_with_a_rate_takes_its_time) {
  client c(shared_server());
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(c.get("/bytes/300k?rate=1m").holds(1, 300 << 10));
  BOOST_TEST((std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(200))); // 50 ms may come at once
  BOOST_TEST(c.get("/bytes/10?rate=0").status() == 200);
  BOOST_TEST(c.get("/bytes/10?rate=x").status() == 400);
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
  client c(shared_server());
  for (int code : {200, 201, 204, 304, 404, 418, 500, 503, 599}) {
    auto r = c.get("/status/" + std::to_string(code));
    BOOST_TEST(r.status() == code);
    BOOST_TEST(r.body.empty() == (code == 204 || code == 304));
    BOOST_TEST(r.reusable);
  }
  BOOST_TEST(c.get("/status/100").status() == 400);
}

BOOST_AUTO_TEST_CASE(redirects_have_bodies_and_come_in_rows) {
  client c(shared_server());
  auto r = c.get("/redirect?to=%2Fbytes%2F1%3Fseed%3D2&bytes=100k&status=307");
  BOOST_TEST(r.status() == 307);
  BOOST_TEST(r.field("location") == "/bytes/1?seed=2");
  BOOST_TEST(r.holds(1, 100 << 10));
  int hops = 0;
  for (r = c.get("/redirect?n=3&to=/status/200"); r.status() == 302; r = c.get(r.field("location")))
    ++hops;
  BOOST_TEST(hops == 3);
  BOOST_TEST(r.status() == 200);
  BOOST_TEST(client(shared_server()).get("/redirect?to=a%0d%0ab").status() == 400);
}

BOOST_AUTO_TEST_CASE(echo_gives_back_bodies_of_known_and_unknown_length) {
  for (bool secure : both) {
    client c(shared_server(), secure);
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
  client c(*server, false, 32 << 10);
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
  client c(shared_server());
  c.connection().send("GET /headers?a=\" HTTP/1.1\r\nHost: x\r\nX-Thing: a\\b\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.body
             == "{\"method\":\"GET\",\"target\":\"/headers?a=\\\"\",\"version\":\"HTTP/1.1\","
                "\"fields\":[[\"Host\",\"x\"],[\"X-Thing\",\"a\\\\b\"]]}\n");
}

BOOST_AUTO_TEST_CASE(interim_responses_come_first) {
  client c(shared_server());
  auto r = c.get("/interim?n=3");
  BOOST_TEST((r.interim == std::vector<std::uint16_t>(3, 103)));
  BOOST_TEST(r.body == "ok\n");
  BOOST_TEST((c.get("/interim?code=102").interim == std::vector<std::uint16_t>{102}));
  BOOST_TEST(c.get("/interim?code=101").status() == 400);
}

BOOST_AUTO_TEST_CASE(upload_tells_length_hash_and_whether_the_content_is_right) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    auto r = c.post("/upload?seed=6", content(6, 300001));
    BOOST_TEST(r.body
               == "{\"bytes\":300001,\"hash\":\"" + served::hex(served::hash_of(6, 300001)) + "\",\"good\":true}\n");
    BOOST_TEST(c.post("/upload?seed=7", content(6, 1000)).body.find("\"good\":false") != std::string::npos);
    BOOST_TEST(c.post("/upload", "").body.find("\"bytes\":0,") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(upload_pauses_where_told) {
  auto server = own_server();
  client c(*server);
  std::thread sender([&] {
    c.connection().send(
        "PUT /upload?pause_after=100k&pause_ms=200 HTTP/1.1\r\nHost: x\r\nContent-Length: 8388608\r\n\r\n");
    c.connection().send(content(1, 8 << 20));
  });
  const bool paused = eventually([&] { return server->snapshot().request_body_bytes == 100u << 10; });
  auto r = c.read("PUT");
  sender.join();
  BOOST_TEST(paused);
  BOOST_TEST(r.body.find("\"bytes\":8388608,\"hash\":\"" + served::hex(served::hash_of(1, 8 << 20)))
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_100_is_told_to_go_on_or_is_refused) {
  client c(shared_server());
  const std::string rest = " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  for (const char* target : {"/upload", "/echo"}) {
    c.connection().send(std::string("POST ") + target + rest);
    BOOST_TEST(c.connection().readable_within(20000)); // before any of the body was sent
    c.connection().send("hello");
    auto r = c.read("POST");
    BOOST_TEST((r.interim == std::vector<std::uint16_t>{100}));
    BOOST_TEST(r.reusable);
  }
  c.connection().send("POST /upload?continue=never" + rest);
  BOOST_TEST(!c.connection().readable_within(50));
  c.connection().send("hello");
  BOOST_TEST(c.read("POST").interim.empty());
  c.connection().send("POST /status/403" + rest);
  auto r = c.read("POST");
  BOOST_TEST(r.status() == 403);
  BOOST_TEST(!r.reusable);
}

BOOST_AUTO_TEST_CASE(early_answers_without_reading_the_upload) {
  for (bool abrupt : both) {
    auto server = own_server();
    client c(*server);
    c.connection().send(std::string("POST /early?hold_ms=30") + (abrupt ? "&abrupt=1" : "")
                        + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
    c.connection().send(content(1, 300000));
    auto r = c.read("POST");
    BOOST_TEST(r.status() == 413);
    BOOST_TEST(!r.reusable);
    BOOST_TEST(c.connection().receive().empty());
    BOOST_TEST((c.connection().end() == (abrupt ? ended::by_reset : ended::cleanly)));
    BOOST_TEST(server->snapshot().request_body_bytes < 300000u);
  }
}

BOOST_AUTO_TEST_CASE(a_body_over_the_bound_is_refused) {
  served::config x;
  x.request_body_bytes_max = 1000;
  auto server = own_server(x);
  client c(*server);
  auto r = c.post("/upload", content(1, 1001));
  BOOST_TEST(r.status() == 413);
  client d(*server);
  d.connection().send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + content(1, 2000)
                      + "\r\n");
  BOOST_TEST(d.connection().receive().empty());
}

BOOST_AUTO_TEST_CASE(stats_tells_the_counters) {
  auto server = own_server();
  client c(*server);
  c.get("/bytes/1000");
  c.get("/chunked/10000");
  auto r = c.get("/stats");
  BOOST_TEST(r.body.find("\"requests\":3,") != std::string::npos, r.body);
  BOOST_TEST(server->snapshot().connections_accepted == 1u);
  BOOST_TEST(server->snapshot().connections_open == 1u);
  BOOST_TEST(eventually([&] { return server->snapshot().bytes_written == 11000 + r.body.size(); }));
}

BOOST_AUTO_TEST_CASE(an_unknown_route_lists_the_known_ones) {
  client c(shared_server());
  for (const char* target : {"/", "/nothing", "/bytes/many", "/bytes", "/fault/none", "/echo/1"}) {
    auto r = c.get(target);
    BOOST_TEST(r.status() == 404);
    BOOST_TEST(r.body.find("slow-header?interval_ms=") != std::string::npos);
  }
  BOOST_TEST(c.get("/bytes/1?seed=x").status() == 400);
}

BOOST_AUTO_TEST_CASE(a_malformed_request_is_refused_and_the_connection_closed) {
  auto server = own_server();
  client c(*server);
  c.connection().send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.status() == 400);
  BOOST_TEST(r.body.find("Transfer-Encoding") != std::string::npos);
  BOOST_TEST(c.connection().receive().empty());
  BOOST_TEST(server->snapshot().malformed_requests == 1u);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  for (bool secure : both) {
    client c(shared_server(), secure);
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
  client c(shared_server());
  const std::string text = "POST /bytes/10 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  for (char one : text)
    c.connection().send({&one, 1});
  BOOST_TEST(c.read("POST").holds(1, 10));
  BOOST_TEST(c.post("/status/200", content(1, 500000)).status() == 200);
  BOOST_TEST(c.get("/bytes/10").holds(1, 10));
}

BOOST_AUTO_TEST_CASE(a_client_that_shuts_down_sending_still_gets_its_answer) {
  client c(shared_server());
  c.connection().send("GET /drip?bytes=32&interval_ms=5 HTTP/1.1\r\nHost: x\r\n\r\n");
  c.connection().shut_down_sending();
  BOOST_TEST(c.read().holds(1, 32));
  BOOST_TEST(c.connection().receive().empty());
}

BOOST_AUTO_TEST_CASE(connection_close_is_honoured) {
  client c(shared_server());
  c.connection().send("GET /bytes/5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto r = c.read();
  BOOST_TEST(r.field("connection") == "close");
  BOOST_TEST(c.connection().receive().empty());
}

// ---- faults --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cut_sends_less_than_it_promised) {
  for (bool secure : both)
    for (bool abrupt : both) {
      client c(shared_server(), secure);
      auto r = c.get(std::string("/fault/cut?bytes=100k&after=30k") + (abrupt ? "&tls=abrupt" : ""));
      BOOST_TEST(r.field("content-length") == "102400");
      BOOST_TEST(r.holds(1, 30 << 10));
      BOOST_TEST((r.problem.code == errc::truncated_body));
      BOOST_TEST((c.connection().end() == (secure && abrupt ? ended::without_notify : ended::cleanly)));
    }
}

BOOST_AUTO_TEST_CASE(cut_chunked_never_sends_the_last_chunk) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    auto r = c.get("/fault/cut-chunked?after=50000&chunk=999");
    BOOST_TEST(r.holds(1, 50000));
    BOOST_TEST((r.problem.code == errc::truncated_body));
    BOOST_TEST((c.connection().end() == ended::cleanly));
  }
}

BOOST_AUTO_TEST_CASE(reset_resets_after_what_it_promised) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    auto r = c.get("/fault/reset?bytes=100k&after=20000");
    BOOST_TEST(r.holds(1, 20000));
    BOOST_TEST((c.connection().end() == ended::by_reset));
  }
}

BOOST_AUTO_TEST_CASE(stall_stays_until_the_client_goes) {
  for (bool secure : both) {
    auto server = own_server();
    {
      wire w(*server, secure);
      w.send("GET /fault/stall?bytes=1m&after=5 HTTP/1.1\r\nHost: x\r\n\r\n");
      std::string got;
      while (got.find("\r\n\r\n") == std::string::npos || got.size() < got.find("\r\n\r\n") + 9)
        got += w.receive();
      BOOST_TEST(got.ends_with(content(1, 5)));
      BOOST_TEST(!w.readable_within(100));
      BOOST_TEST(server->snapshot().connections_open == 1u);
    }
    BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 0; }));
  }
}

BOOST_AUTO_TEST_CASE(garbage_is_no_http) {
  auto r = client(shared_server()).get("/fault/garbage");
  BOOST_TEST((r.problem.code == errc::malformed_status_line));
}

BOOST_AUTO_TEST_CASE(garbage_chunk_comes_after_good_ones) {
  auto r = client(shared_server()).get("/fault/garbage-chunk?after=2000");
  BOOST_TEST(r.holds(1, 2000));
  BOOST_TEST((r.problem.code == errc::malformed_framing));
}

BOOST_AUTO_TEST_CASE(slow_header_comes_a_byte_at_a_time) {
  client c(shared_server());
  c.connection().send("GET /fault/slow-header?interval_ms=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(c.connection().receive() == "H");
  BOOST_TEST(c.connection().receive().size() < 20u);
  client d(shared_server());
  auto r = d.get("/fault/slow-header?interval_ms=1");
  BOOST_TEST(r.body == "ok\n");
  BOOST_TEST(r.reusable);
}

BOOST_AUTO_TEST_CASE(close_idle_promises_to_stay_and_goes) {
  for (bool secure : both) {
    client c(shared_server(), secure);
    auto r = c.get("/fault/close-idle");
    BOOST_TEST(r.reusable);
    BOOST_TEST(r.body == "ok\n");
    BOOST_TEST(c.connection().receive().empty());
    BOOST_TEST((c.connection().end() == ended::cleanly));
  }
}

BOOST_AUTO_TEST_CASE(close_while_paused_gives_up_when_the_client_stops_reading) {
  for (bool secure : both) {
    auto server = own_server();
    client c(*server, secure, 32 << 10);
    c.connection().send("GET /fault/close-while-paused?bytes=64m HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(
        eventually([&] { return server->snapshot().requests == 1 && server->snapshot().connections_open == 0; }));
    auto r = c.read();
    BOOST_TEST(r.body.size() < (64u << 20));
    BOOST_TEST(r.holds(1, r.body.size()));
    BOOST_TEST((r.problem.code == errc::truncated_body));
  }
  BOOST_TEST(client(shared_server()).get("/fault/close-while-paused?bytes=1k").holds(1, 1024));
}

BOOST_AUTO_TEST_CASE(smuggle_has_two_framings) {
  wire w(shared_server());
  w.send("GET /fault/smuggle HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string all;
  for (auto x = w.receive(); !x.empty(); x = w.receive())
    all += x;
  BOOST_TEST(all.find("Content-Length: 5\r\nTransfer-Encoding: chunked") != std::string::npos);
  BOOST_TEST((client(shared_server()).get("/fault/smuggle").problem.code == errc::malformed_framing));
}

BOOST_AUTO_TEST_CASE(endless_header_and_many_interim_exceed_any_bound) {
  BOOST_TEST((client(shared_server()).get("/fault/endless-header").problem.code == errc::header_too_large));
  BOOST_TEST(
      (client(shared_server()).get("/fault/many-interim?n=100").problem.code == errc::too_many_interim_responses));
  BOOST_TEST(client(shared_server()).get("/fault/many-interim?n=5").interim.size() == 5u);
}

BOOST_AUTO_TEST_CASE(extra_bytes_follow_a_whole_answer) {
  client c(shared_server());
  BOOST_TEST(c.get("/fault/extra-bytes").body == "ok\n");
  c.connection().send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST((c.read().problem.code == errc::malformed_status_line));
}

// ---- the server ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_tls_client_must_show_a_certificate_when_asked_to) {
  const auto pair = *tls::make_self_signed({"client"});
  served::config x;
  x.client_ca_pem = pair.certificate_pem;
  auto server = own_server(x);
  const auto refused = [&] {
    try {
      wire w(*server, true); // with TLS 1.3 the client may believe for a while that all is well
      w.send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
      return w.receive().empty();
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  BOOST_TEST(refused());
  BOOST_TEST(eventually([&] { return server->snapshot().tls_failures == 1; }));
  BOOST_TEST(server->snapshot().requests == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_tls_end_the_connection) {
  auto server = own_server();
  served::config other;
  other.tls = false;
  BOOST_TEST(own_server(other)->tls_port() == 0);
  wire plain(*server);
  BOOST_TEST(plain.send("\x16\x03\x01 nothing of the kind\r\n\r\n"));
  while (!plain.receive().empty()) {
  }
  BOOST_TEST((plain.end() != ended::no));
}

BOOST_AUTO_TEST_CASE(connections_over_the_bound_are_closed) {
  served::config x;
  x.connections_max = 2;
  auto server = own_server(x);
  client a(*server), b(*server);
  BOOST_TEST(a.get("/bytes/1").complete);
  BOOST_TEST(b.get("/bytes/1").complete);
  wire third(*server);
  BOOST_TEST(third.receive().empty());
  BOOST_TEST(a.get("/bytes/1").complete);
}

BOOST_AUTO_TEST_CASE(a_client_that_never_completes_a_request_is_dropped_and_one_that_is_answered_is_not) {
  served::config x;
  x.request_timeout = std::chrono::milliseconds{200};
  auto server = own_server(x);
  wire answered(*server);
  answered.send("GET /fault/stall?bytes=1m&after=5 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (bool secure : both)
    for (const char* beginning : {"", "G", "GET / HTTP/1.1\r\nHost:", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
      wire w(*server, secure);
      w.send(beginning);
      while (w.end() == ended::no)
        w.receive();
    }
  BOOST_TEST(eventually([&] { return server->snapshot().connections_open == 1; }));
}

BOOST_AUTO_TEST_CASE(stopping_amid_every_kind_of_answer_joins_and_closes) {
  for (int threads : {1, 3}) {
    served::config x;
    x.threads = threads;
    auto server = own_server(x);
    std::vector<std::unique_ptr<wire>> wires;
    for (const char* target :
         {"/firehose", "/drip?bytes=1m&interval_ms=1", "/fault/stall", "/fault/slow-header", "/close/1g", "/echo"})
      for (bool secure : both) {
        wires.push_back(std::make_unique<wire>(*server, secure));
        wires.back()->send(std::string("POST ") + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
      }
    BOOST_TEST(eventually([&] { return server->snapshot().requests == wires.size(); }));
    std::thread other([&] { server->stop(); });
    server->stop();
    other.join();
    BOOST_TEST(server->snapshot().connections_open == 0u);
    BOOST_TEST(server->url("/x").starts_with("http://127.0.0.1:"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
