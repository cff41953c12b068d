// What the scripted origin does wrong on purpose over HTTP/1.1, fault by fault.
#include "http1_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(origin_http1_faults)

BOOST_AUTO_TEST_CASE(cut_sends_less_than_it_promised) {
  for (bool secure : both)
    for (bool abrupt : both) {
      http1_client c(shared_server(), secure);
      auto r = c.get(std::string("/fault/cut?bytes=100k&after=30k") + (abrupt ? "&tls=abrupt" : ""));
      BOOST_TEST(r.field("content-length") == "102400");
      BOOST_TEST(r.holds(1, 30 << 10));
      BOOST_TEST((r.problem.code == errc::truncated_body));
      BOOST_TEST((c.connection().end() == (secure && abrupt ? ended::without_notify : ended::cleanly)));
    }
}

BOOST_AUTO_TEST_CASE(cut_chunked_never_sends_the_last_chunk) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
    auto r = c.get("/fault/cut-chunked?after=50000&chunk=999");
    BOOST_TEST(r.holds(1, 50000));
    BOOST_TEST((r.problem.code == errc::truncated_body));
    BOOST_TEST((c.connection().end() == ended::cleanly));
  }
}

BOOST_AUTO_TEST_CASE(reset_resets_after_what_it_promised) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
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
  auto r = http1_client(shared_server()).get("/fault/garbage");
  BOOST_TEST((r.problem.code == errc::malformed_status_line));
}

BOOST_AUTO_TEST_CASE(garbage_chunk_comes_after_good_ones) {
  auto r = http1_client(shared_server()).get("/fault/garbage-chunk?after=2000");
  BOOST_TEST(r.holds(1, 2000));
  BOOST_TEST((r.problem.code == errc::malformed_framing));
}

BOOST_AUTO_TEST_CASE(slow_header_comes_a_byte_at_a_time) {
  http1_client c(shared_server());
  c.connection().send("GET /fault/slow-header?interval_ms=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST(c.connection().receive() == "H");
  BOOST_TEST(c.connection().receive().size() < 20u);
  http1_client d(shared_server());
  auto r = d.get("/fault/slow-header?interval_ms=1");
  BOOST_TEST(r.body == "ok\n");
  BOOST_TEST(r.reusable);
}

BOOST_AUTO_TEST_CASE(close_idle_promises_to_stay_and_goes) {
  for (bool secure : both) {
    http1_client c(shared_server(), secure);
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
    http1_client c(*server, secure, 32 << 10);
    c.connection().send("GET /fault/close-while-paused?bytes=64m HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(
        eventually([&] { return server->snapshot().requests == 1 && server->snapshot().connections_open == 0; }));
    auto r = c.read();
    BOOST_TEST(r.body.size() < (64u << 20));
    BOOST_TEST(r.holds(1, r.body.size()));
    BOOST_TEST((r.problem.code == errc::truncated_body));
  }
  BOOST_TEST(http1_client(shared_server()).get("/fault/close-while-paused?bytes=1k").holds(1, 1024));
}

BOOST_AUTO_TEST_CASE(smuggle_has_two_framings) {
  wire w(shared_server());
  w.send("GET /fault/smuggle HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string all;
  for (auto received = w.receive(); !received.empty(); received = w.receive())
    all += received;
  BOOST_TEST(all.find("Content-Length: 5\r\nTransfer-Encoding: chunked") != std::string::npos);
  BOOST_TEST((http1_client(shared_server()).get("/fault/smuggle").problem.code == errc::malformed_framing));
}

BOOST_AUTO_TEST_CASE(endless_header_and_many_interim_exceed_any_bound) {
  BOOST_TEST((http1_client(shared_server()).get("/fault/endless-header").problem.code == errc::header_too_large));
  BOOST_TEST((http1_client(shared_server()).get("/fault/many-interim?n=100").problem.code
              == errc::too_many_interim_responses));
  BOOST_TEST(http1_client(shared_server()).get("/fault/many-interim?n=5").interim.size() == 5u);
}

BOOST_AUTO_TEST_CASE(extra_bytes_follow_a_whole_answer) {
  http1_client c(shared_server());
  BOOST_TEST(c.get("/fault/extra-bytes").body == "ok\n");
  c.connection().send("GET /bytes/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  BOOST_TEST((c.read().problem.code == errc::malformed_status_line));
}

BOOST_AUTO_TEST_SUITE_END()
