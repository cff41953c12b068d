// Flow control of response bodies: what opens a stream's window, and what the connection's.
#include "http2_peer.hpp"

#include <sluice/protocols/flow/window.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;

namespace {

/// What WINDOW_UPDATE frames for one stream (0: the connection) add up to.
std::uint64_t credit(const std::vector<sent_frame>& frames, std::uint32_t id) {
  std::uint64_t n = 0;
  for (const auto& frame : frames)
    n += frame.type == window_frame && frame.id == id ? frame.number() : 0;
  return n;
}

const std::string piece(16'000, 'x');

} // namespace

BOOST_AUTO_TEST_SUITE(http2_windows)

BOTH_WAYS(a_reader_that_never_reads_closes_its_stream_alone) {
  http2::limits bounds;
  bounds.connection_window = 100'000;
  talk t{cut, 32'000, bounds};
  t.begin(2);
  t.head(1);
  t.head(3);
  std::uint64_t stream = 0, connection = 0;
  t.receive(data(1, piece) + data(1, piece));
  for (int i = 0; i < 30; ++i) { // more than the connection's window
    t.receive(data(3, piece));
    t.engine.grant(1, wire_bytes{piece.size()});
    const auto got = t.sent();
    stream += credit(got, 1);
    connection += credit(got, 0);
  }
  BOOST_TEST(stream == 0u);
  BOOST_TEST(connection >= 30 * piece.size() - 50'000);
  BOOST_TEST((t[0].body.size() == 32'000u && t[1].body.size() == 30 * piece.size() && !t[1].over()));
}

BOTH_WAYS(a_grant_is_what_goes_on_the_wire_at_once) {
  talk t{cut, 32'000};
  t.begin(1);
  t.head(1);
  t.receive(data(1, piece));
  BOOST_TEST(t.sent(window_frame).empty());
  t.engine.grant(0, wire_bytes{1234});
  const auto got = t.sent();
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST((got[0].type == window_frame && got[0].id == 1u && got[0].number() == 1234u));
  t.engine.grant(0, wire_bytes{100'000}); // beyond what it began with: a window may grow
  BOOST_TEST(credit(t.sent(), 1) == 100'000u);
  for (int i = 0; i < 7; ++i)
    t.receive(data(1, piece));
  BOOST_TEST((t[0].body.size() == 8 * piece.size() && !t[0].over()));
}

BOOST_AUTO_TEST_CASE(a_grant_before_the_request_is_sent_goes_out_with_it) {
  talk t;
  t.begin(0);
  t.open(0);
  t.engine.grant(0, wire_bytes{10});
  BOOST_TEST(credit(t.sent(), 1) == 10u);
}

BOOST_AUTO_TEST_CASE(a_larger_window_is_granted_behind_its_request) {
  talk t{0, 1000};
  t.window = 50'000;
  t.open(0);
  t.window = 1000;
  const auto got = t.sent();
  BOOST_TEST((got[2].type == headers_frame && got[3].type == window_frame && got[3].id == 1u));
  BOOST_TEST(credit(got, 1) == 49'000u);
  t.receive(settings() + settings_ack());
  t.open(1);
  BOOST_TEST(credit(t.sent(), 3) == 0u);
}

BOTH_WAYS(a_smaller_window_is_announced_before_its_request_and_others_keep_theirs) {
  talk t{cut, 32'000};
  t.begin(1, settings({{3, 2}}));
  t.head(1);
  t.receive(data(1, piece));
  t.sent();
  t.window = 500;
  t.open(1);
  const auto got = t.sent();
  BOOST_REQUIRE(got.size() == 3u);
  std::size_t announced = 9, requested = 9;
  for (std::size_t i = 0; i < 3; ++i) {
    announced = got[i].type == settings_frame ? i : announced;
    requested = got[i].type == headers_frame ? i : requested;
  }
  BOOST_TEST(announced < requested);
  BOOST_TEST(got[announced].payload == (big_endian(4, 2) + big_endian(500, 4)));
  BOOST_TEST(credit(got, 1) == 31'500u);
  BOOST_TEST(credit(got, 3) == 0u);
  t.receive(settings_ack());
  t.head(3);
  t.receive(data(1, piece) + data(3, std::string(500, 'y')));
  BOOST_TEST((t[0].body.size() == 32'000u && t[1].body.size() == 500u && !t[0].over() && !t[1].over()));
  t.receive(data(3, "y"));
  t.sent();
  BOOST_TEST(
      (t[1].failures == 1 && t[1].why.code == errc::flow_control_violation && t[1].body.size() == 500u && !t[0].over()),
      to_string(t[1].why));
}

BOTH_WAYS(the_windows_hold_even_while_our_settings_are_not_acknowledged) {
  talk t{cut, 1000};
  t.open(0);
  t.sent();
  t.receive(settings());
  t.head(1);
  t.receive(data(1, std::string(1001, 'x')));
  t.sent();
  BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::flow_control_violation && t[0].body.size() <= 1000u));

  talk large{cut, 1 << 20};
  large.open(0);
  large.sent();
  large.receive(settings());
  large.head(1);
  large.receive(padded_data(1, "abc", 10));
  BOOST_TEST(credit(large.sent(), 1) == 11u); // not up to the window that they announced already
}

BOTH_WAYS(padding_is_credited_at_once_and_never_adds_up_to_a_stall) {
  talk t{cut, 32'000};
  t.begin(1);
  t.head(1);
  std::int64_t open = 32'000, connection = http2::limits{}.connection_window;
  std::uint64_t ungranted = 0;
  const std::string body(1000, 'x');
  for (int i = 0; i < 2000; ++i) {
    open -= 1101, connection -= 1101;
    BOOST_REQUIRE_MESSAGE((open >= 0 && connection >= 0), "stalled at frame " << i);
    t.receive(padded_data(1, body, 100));
    if ((ungranted += 1000) >= 16'000)
      t.engine.grant(0, wire_bytes{std::exchange(ungranted, 0)});
    const auto got = t.sent();
    open += static_cast<std::int64_t>(credit(got, 1)), connection += static_cast<std::int64_t>(credit(got, 0));
    BOOST_REQUIRE(open + static_cast<std::int64_t>(ungranted) == 32'000);
  }
  BOOST_TEST(!t[0].over());
}

BOTH_WAYS(frames_of_padding_alone_leave_the_window_as_it_was) {
  talk t{cut, 1000};
  t.begin(1);
  t.head(1);
  for (int i = 0; i < 100; ++i) {
    t.receive(padded_data(1, "", 255));
    BOOST_TEST(credit(t.sent(), 1) == 256u);
  }
  BOOST_TEST((!t[0].over() && t[0].body.empty()));
}

BOOST_AUTO_TEST_CASE(a_body_completes_in_any_window_however_it_is_consumed) {
  constexpr std::size_t size = 20'000;
  for (std::size_t window : {1u, 2u, 3u, 15u, 16u, 17u, 63u, 64u, 1'000u, 4'095u, 4'096u, 16'384u, 65'535u})
    for (std::size_t at_once : {std::size_t{1} << 30, std::size_t{777}}) {
      talk t{0, 65'535};
      t.window = window;
      t.begin(1);
      t.head(1);
      flow::window w{wire_bytes{window}};
      std::size_t open = window, sent = 0, received = 0, read = 0;
      for (bool moves = true; moves;) {
        moves = false;
        if (const auto n = std::min({open, size - sent, std::size_t{16'000}}); n > 0) {
          open -= n, sent += n, moves = true;
          t.receive(data(1, std::string(n, 'x'), sent == size ? end_stream : std::uint8_t{0}));
        }
        w.receive(wire_bytes{t[0].body.size() - received});
        received = t[0].body.size();
        if (const auto n = std::min(at_once, received - read); n > 0) {
          read += n, moves = true;
          w.release(wire_bytes{n});
          if (const auto due = w.grant(); due > wire_bytes{})
            t.engine.grant(0, due);
        }
        open += credit(t.sent(), 1);
        BOOST_TEST_REQUIRE(open <= window);
      }
      BOOST_TEST_CONTEXT("window " << window << ", at most " << at_once << " bytes consumed at once")
      BOOST_TEST((t[0].body.size() == size && t[0].ends == 1 && read == size),
                 t[0].body.size() << " bytes, " << to_string(t[0].why));
    }
}

BOTH_WAYS(bytes_of_streams_that_are_over_are_credited_to_the_connection) {
  http2::limits bounds;
  bounds.connection_window = 65'535;
  talk t{cut, 32'000, bounds};
  t.begin(3);
  t.head(1);
  t.engine.cancel(0); // reset not sent yet
  t.receive(data(1, piece));
  t.receive(reset(3, 8)); // reset by the origin, which sends on
  t.head(5, {}, 0);
  std::uint64_t taken = piece.size(), credited = credit(t.sent(), 0);
  for (int i = 0; i < 40; ++i) {
    t.receive(data(1, piece) + padded_data(3, std::string(500, 'x'), 255));
    taken += piece.size() + 756;
    credited += credit(t.sent(), 0);
    BOOST_REQUIRE(taken - credited <= 32'768u);
  }
  BOOST_TEST((!t[2].over() && !t.engine.ended()));
}

BOOST_AUTO_TEST_SUITE_END()
