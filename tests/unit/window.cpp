#include <sluice/protocols/flow/window.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(window)

BOOST_AUTO_TEST_CASE(an_empty_window_has_room_for_its_size) {
  const flow::window x{wire_bytes{100}};
  BOOST_TEST(x.room().value == 100u);
  BOOST_TEST(x.size().value == 100u);
  BOOST_TEST(!x.full());
  BOOST_TEST(x.low());
}

BOOST_AUTO_TEST_CASE(it_is_full_from_the_byte_that_reaches_its_size) {
  flow::window x{wire_bytes{100}};
  x.receive(wire_bytes{99});
  BOOST_TEST(!x.full());
  BOOST_TEST(x.room().value == 1u);
  x.receive(wire_bytes{1});
  BOOST_TEST(x.full());
  BOOST_TEST(x.room().value == 0u);
}

BOOST_AUTO_TEST_CASE(a_read_may_overshoot_and_room_stays_zero) {
  flow::window x{wire_bytes{100}};
  x.receive(wire_bytes{164});
  BOOST_TEST(x.full());
  BOOST_TEST(x.room().value == 0u);
  BOOST_TEST(x.outstanding().value == 164u);
}

BOOST_AUTO_TEST_CASE(between_the_marks_it_is_neither_full_nor_low) {
  flow::window x{wire_bytes{100}};
  x.receive(wire_bytes{100});
  x.release(wire_bytes{49});
  BOOST_TEST(!x.full());
  BOOST_TEST(!x.low());
  x.release(wire_bytes{1});
  BOOST_TEST(x.low());
  BOOST_TEST(x.outstanding().value == x.low_mark().value);
}

BOOST_AUTO_TEST_CASE(a_window_of_one_byte_still_pauses_and_resumes) {
  flow::window x{wire_bytes{1}};
  x.receive(wire_bytes{1});
  BOOST_TEST(x.full());
  BOOST_TEST(!x.low());
  x.release(wire_bytes{1});
  BOOST_TEST(x.low());
}

BOOST_AUTO_TEST_CASE(the_peak_stays_when_the_bytes_are_gone) {
  flow::window x{wire_bytes{100}};
  x.receive(wire_bytes{80});
  x.release(wire_bytes{80});
  x.receive(wire_bytes{30});
  BOOST_TEST(x.peak().value == 80u);
  BOOST_TEST(x.outstanding().value == 30u);
}

BOOST_AUTO_TEST_CASE(growing_makes_room_and_shrinking_makes_it_full) {
  flow::window x{wire_bytes{100}};
  x.receive(wire_bytes{100});
  x.resize(wire_bytes{400});
  BOOST_TEST(x.room().value == 300u);
  BOOST_TEST(x.low());
  x.resize(wire_bytes{50});
  BOOST_TEST(x.full());
  BOOST_TEST(x.room().value == 0u);
  BOOST_TEST(x.outstanding().value == 100u);
}

BOOST_AUTO_TEST_CASE(a_peer_with_credit_left_is_granted_more_at_a_quarter_and_one_without_at_half) {
  flow::window x{wire_bytes{400}};
  x.receive(wire_bytes{300});
  x.release(wire_bytes{99});
  BOOST_TEST(x.grant().value == 0u);
  x.release(wire_bytes{1});
  BOOST_TEST(x.grant().value == 100u);
  x.receive(wire_bytes{200});
  BOOST_TEST(x.granted().value == 0u);
  x.release(wire_bytes{199});
  BOOST_TEST(x.grant().value == 0u);
  x.release(wire_bytes{1});
  BOOST_TEST(x.grant().value == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
