// Flow control of response bodies over HTTP/3: what opens a stream's window, and what the connection's.
#include "http3_peer.hpp"

#include <sluice/protocols/flow/window.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http3::peer;

namespace {

const lines ok{{":status", "200"}};
constexpr std::size_t frame_bytes = 64; // room that heads and frame headers take of a stream's window for a while

/// Every request is answered by more than any window holds.
struct pouring : http3::peer::talk {
  explicit pouring(const http3::peer::options& options = {}) : talk_with(options) {
    server.on_request = [this](std::int64_t id) { server.respond(id, ok, std::string(4'000'000, 'x'), false); };
  }
  std::size_t got(std::uint32_t index) { return (*this)[index].body.size(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(http3_windows)

BOOST_AUTO_TEST_CASE(a_reader_that_never_reads_holds_its_first_window_and_no_more) {
  pouring t;
  t.open(0);
  t.settle(20s);
  BOOST_TEST((t.got(0) <= 65'536 && t.got(0) >= 65'536 - frame_bytes), t.got(0));
  BOOST_TEST(!t.over(0));
}

BOOST_AUTO_TEST_CASE(the_connection_is_credited_on_receipt_whoever_reads) {
  http3::peer::options small;
  small.below.connection_window = 200'000;
  pouring t(small);
  for (std::uint32_t i = 0; i < 20; ++i) // 1.3 MB of windows over one of 0.2 MB
    t.open(i);
  t.settle(5s);
  for (std::uint32_t i = 0; i < 20; ++i)
    BOOST_TEST(t.got(i) >= 65'536 - frame_bytes);
}

BOOST_AUTO_TEST_CASE(a_sibling_runs_on_beside_64_stalled_ones) {
  http3::peer::options small;
  small.below.connection_window = 500'000;
  pouring t(small);
  for (std::uint32_t i = 0; i < 64; ++i)
    t.open(i);
  t.settle(5s);
  t.open(64);
  std::size_t granted = 0;
  BOOST_TEST(t.run([&] {
    if (const auto n = t.got(64) - granted; n > 20'000) {
      t.engine.grant(64, wire_bytes{n});
      granted += n;
    }
    return t.got(64) > 3'500'000;
  }));
  for (std::uint32_t i = 0; i < 64; ++i)
    BOOST_TEST(t.got(i) <= 65'536u);
}

BOOST_AUTO_TEST_CASE(what_is_granted_is_what_comes) {
  pouring t;
  t.open(0);
  t.settle(2s);
  std::size_t allowed = 65'536;
  for (std::size_t n : {16'385u, 20'000u, 65'536u, 300'000u}) {
    t.engine.grant(0, wire_bytes{n});
    allowed += n;
    t.settle(2s);
    BOOST_TEST((t.got(0) <= allowed && t.got(0) >= allowed - frame_bytes), t.got(0) << " of " << allowed);
  }
}

BOOST_AUTO_TEST_CASE(small_grants_are_told_when_a_quarter_has_come_together) {
  pouring t;
  t.open(0);
  t.settle(2s);
  const auto before = t.got(0);
  for (int i = 0; i < 16; ++i)
    t.engine.grant(0, wire_bytes{1000});
  t.settle(2s);
  BOOST_TEST(t.got(0) == before);
  t.engine.grant(0, wire_bytes{1000});
  t.settle(2s);
  BOOST_TEST((t.got(0) > before && t.got(0) <= 65'536 + 17'000));
}

BOOST_AUTO_TEST_CASE(a_larger_window_is_granted_as_the_response_begins) {
  pouring t;
  t.window = 400'000;
  t.open(0);
  t.settle(5s);
  BOOST_TEST((t.got(0) <= 400'000 && t.got(0) >= 400'000 - frame_bytes), t.got(0));
}

BOOST_AUTO_TEST_CASE(a_grant_before_the_request_is_sent_counts) {
  pouring t;
  t.open(0);
  t.engine.grant(0, wire_bytes{100'000});
  t.settle(5s);
  BOOST_TEST((t.got(0) <= 165'536 && t.got(0) >= 165'536 - frame_bytes), t.got(0));
}

BOOST_AUTO_TEST_CASE(a_smaller_window_is_reached_from_above_and_never_stops_for_good) {
  for (std::size_t window : {1'000u, 16'384u, 30'000u}) {
    pouring t;
    t.window = window;
    t.open(0);
    t.settle(2s);
    BOOST_TEST(t.got(0) <= 65'536u);
    flow::window w{wire_bytes{window}};
    std::size_t read = 0, most = 0;
    for (int i = 0; i < 41; ++i) {
      const auto n = t.got(0) - read;
      most = i > 0 ? std::max(most, n) : 0;
      w.receive(wire_bytes{n});
      w.release(wire_bytes{n}); // all that came was read
      read += n;
      if (const auto due = w.grant(); due > wire_bytes{})
        t.engine.grant(0, due);
      t.settle(500ms);
    }
    BOOST_TEST_CONTEXT("window " << window) {
      BOOST_TEST(most <= std::max<std::size_t>(window, 65'536 / 4 + 1));
      BOOST_TEST(read >= 65'536u + 20 * std::min<std::size_t>(window, 16'384));
      BOOST_TEST(!t.over(0));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_completes_in_any_window_however_it_is_consumed) {
  // What the origin has of its first 64 KiB counts framing too, and it may leave a few bytes unused: neither may be
  // taken for room that a tiny window still has.
  const std::string body(200'000, 'b');
  for (std::size_t window : {1u, 2u, 3u, 15u, 16u, 17u, 43u, 63u, 64u, 65u, 1'000u, 4'095u, 4'096u, 16'384u, 16'385u,
                             49'152u, 65'500u, 65'535u, 65'536u})
    for (std::size_t at_once : {std::size_t{1} << 30, std::size_t{777}}) {
      http3::peer::talk t;
      t.window = window;
      t.server.on_request = [&](std::int64_t id) { t.server.respond(id, ok, body); };
      t.open(0);
      flow::window w{wire_bytes{window}};
      std::size_t received = 0, read = 0;
      const bool complete = t.run(
          [&] {
            w.receive(wire_bytes{t[0].body.size() - received});
            received = t[0].body.size();
            if (const auto n = std::min(at_once, received - read); n > 0) {
              read += n;
              w.release(wire_bytes{n});
              if (const auto due = w.grant(); due > wire_bytes{})
                t.engine.grant(0, due);
            }
            return t.over(0);
          },
          10min);
      BOOST_TEST_CONTEXT("window " << window << ", at most " << at_once << " bytes consumed at once") {
        BOOST_TEST(complete);
        BOOST_TEST((t[0].body == body && t[0].ends == 1), t[0].body.size() << " bytes, " << t[0].why.detail);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_grant_that_comes_before_the_last_bytes_counts_when_they_have_come) {
  http3::peer::options options;
  pouring t(options);
  t.window = 4'096;
  t.open(0);
  t.settle(2s);
  const auto before = t.got(0);
  t.net.to_client.cut = true; // the origin is told a quarter, and what it sends is lost at first
  t.engine.grant(0, wire_bytes{4'096});
  t.settle(100ms);
  BOOST_TEST(t.got(0) == before);
  t.engine.grant(0, wire_bytes{100}); // too little to be told while the origin still has room
  t.engine.grant(0, wire_bytes{20'000 - 4'196});
  t.net.to_client.cut = false;
  t.settle(5s);
  BOOST_TEST(t.got(0) >= before + 20'000 - frame_bytes);
}

BOOST_AUTO_TEST_CASE(a_stalled_reader_of_a_window_just_below_the_first_gets_no_more) {
  pouring t;
  t.window = 65'530;
  t.open(0);
  t.settle(20s);
  BOOST_TEST(t.got(0) <= 65'536u);
}

BOOST_AUTO_TEST_CASE(bytes_of_streams_that_are_over_are_credited_to_the_connection) {
  http3::peer::options small;
  small.below.connection_window = 100'000;
  pouring t(small);
  for (std::uint32_t i = 0; i < 30; ++i) {
    t.open(i);
    BOOST_TEST_REQUIRE(t.run([&] { return t.got(i) > 0; }));
    t.engine.cancel(i);
  }
  t.open(30);
  BOOST_TEST(t.run([&] { return t.got(30) >= 65'536 - frame_bytes; }));
}

BOOST_AUTO_TEST_SUITE_END()
