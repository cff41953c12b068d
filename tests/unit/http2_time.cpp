// PINGs of the HTTP/2 engine in virtual time: the round trip, and whether the peer is alive.
#include "http2_peer.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http2::peer;

BOOST_AUTO_TEST_SUITE(http2_time)

BOTH_WAYS(a_ping_of_the_origin_is_answered_with_its_own_bytes) {
  talk t{cut};
  t.begin(0);
  t.receive(ping("abcdefgh"));
  const auto got = t.sent();
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST((got[0].type == ping_frame && got[0].flags == ack && got[0].payload == "abcdefgh"));
}

BOTH_WAYS(the_round_trip_is_measured_while_a_body_flows_and_pings_are_sparing) {
  talk t{cut, 1 << 20};
  t.begin(1);
  t.head(1);
  std::size_t pings = 0;
  for (int i = 0; i < 1000; ++i) { // ten seconds
    t.now += 10ms;
    t.receive(data(1, "some bytes of body"));
    for (const auto& frame : t.sent(ping_frame)) {
      ++pings;
      t.now += 30ms;
      t.receive(ping(frame.payload, true));
    }
  }
  BOOST_TEST((pings >= 8 && pings <= 11), pings);
  BOOST_TEST((t.engine.round_trip() == 30ms));
}

BOTH_WAYS(an_unanswered_ping_is_not_followed_by_another) {
  talk t{cut, 1 << 20};
  t.begin(1);
  t.head(1);
  std::size_t pings = 0;
  for (int i = 0; i < 100; ++i) {
    t.now += 1s;
    t.receive(data(1, "some bytes of body"));
    pings += t.sent(ping_frame).size();
    t.engine.on_time(t.now);
  }
  BOOST_TEST((pings == 1u && !t[0].over()));
}

BOTH_WAYS(a_silent_peer_is_asked_and_an_answer_counts_as_life) {
  talk t{cut};
  t.begin(1);
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST((t.engine.deadline() == t.now + 15s));
    t.now += 15s - 1ns;
    t.engine.on_time(t.now);
    BOOST_TEST(t.sent().empty());
    t.now += 1ns;
    t.engine.on_time(t.now);
    const auto asked = t.sent(ping_frame);
    BOOST_REQUIRE(asked.size() == 1u);
    BOOST_TEST((t.engine.deadline() == t.now + 10s));
    t.now += 10s - 1ns;
    t.engine.on_time(t.now);
    t.receive(ping(asked[0].payload, true));
  }
  BOOST_TEST(!t[0].over());
}

BOTH_WAYS(any_byte_is_life_even_without_an_answer) {
  talk t{cut};
  t.begin(1);
  t.now += 15s;
  t.engine.on_time(t.now);
  BOOST_TEST(t.sent(ping_frame).size() == 1u);
  t.now += 9s;
  t.receive(std::string_view{"\0", 1});
  t.now += 9s;
  t.engine.on_time(t.now);
  BOOST_TEST(!t[0].over());
  t.now += 1s;
  t.engine.on_time(t.now);
  BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::peer_silent));
}

BOOST_AUTO_TEST_CASE(an_unanswered_ping_ends_every_exchange) {
  talk t;
  t.begin(3);
  t.head(1);
  t.now += 15s;
  t.engine.on_time(t.now);
  t.sent();
  t.now += 10s;
  t.engine.on_time(t.now);
  for (std::uint32_t i = 0; i < 3; ++i)
    BOOST_TEST((t[i].failures == 1 && t[i].why.code == errc::peer_silent && t[i].why.by == caused_by::transport
                && t[i].silent == (i > 0)));
  BOOST_TEST((t.engine.ended() && t.engine.deadline() == http::time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_ping_that_a_stalled_transport_does_not_take_is_waited_for_no_longer) {
  talk t;
  t.begin(1);
  t.now += 15s;
  t.engine.on_time(t.now);                          // and output() is not called: the transport takes nothing
  BOOST_TEST((t.engine.deadline() == t.now + 10s)); // not at once again and again
  t.now += 10s;
  t.engine.on_time(t.now);
  BOOST_TEST((t[0].failures == 1 && t[0].why.code == errc::peer_silent));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_asks_nothing_and_silence_counts_from_the_next_request) {
  talk t;
  t.begin(1);
  t.head(1, {}, end_stream);
  BOOST_TEST((t.engine.deadline() == http::time_point::max()));
  t.now += 1h;
  t.engine.on_time(t.now);
  BOOST_TEST(t.sent().empty());
  t.open(1);
  t.sent();
  BOOST_TEST((t.engine.deadline() == t.now + 15s));
}

BOOST_AUTO_TEST_CASE(ping_after_zero_asks_never) {
  http2::limits bounds;
  bounds.ping_after = 0ms;
  talk t{0, 65'535, bounds};
  t.begin(1);
  t.now += 1h;
  t.engine.on_time(t.now);
  BOOST_TEST((t.sent().empty() && !t[0].over() && t.engine.deadline() == http::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()
