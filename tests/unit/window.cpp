#include <sluice/protocols/flow/window.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(window)

BOOST_AUTO_TEST_CASE(an_empty_window_has_room_for_its_size) {
  const flow::window window{wire_bytes{100}};
  BOOST_TEST(window.room().value == 100u);
  BOOST_TEST(window.size().value == 100u);
  BOOST_TEST(!window.full());
  BOOST_TEST(window.low());
}

BOOST_AUTO_TEST_CASE(it_is_full_from_the_byte_that_reaches_its_size) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{99});
  BOOST_TEST(!window.full());
  BOOST_TEST(window.room().value == 1u);
  window.receive(wire_bytes{1});
  BOOST_TEST(window.full());
  BOOST_TEST(window.room().value == 0u);
}

BOOST_AUTO_TEST_CASE(a_read_may_overshoot_and_room_stays_zero) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{164});
  BOOST_TEST(window.full());
  BOOST_TEST(window.room().value == 0u);
  BOOST_TEST(window.outstanding().value == 164u);
}

BOOST_AUTO_TEST_CASE(between_the_marks_it_is_neither_full_nor_low) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{100});
  window.release(wire_bytes{49});
  BOOST_TEST(!window.full());
  BOOST_TEST(!window.low());
  window.release(wire_bytes{1});
  BOOST_TEST(window.low());
  BOOST_TEST(window.outstanding().value == window.low_mark().value);
}

BOOST_AUTO_TEST_CASE(a_window_of_one_byte_still_pauses_and_resumes) {
  flow::window window{wire_bytes{1}};
  window.receive(wire_bytes{1});
  BOOST_TEST(window.full());
  BOOST_TEST(!window.low());
  window.release(wire_bytes{1});
  BOOST_TEST(window.low());
}

BOOST_AUTO_TEST_CASE(the_peak_stays_when_the_bytes_are_gone) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{80});
  window.release(wire_bytes{80});
  window.receive(wire_bytes{30});
  BOOST_TEST(window.peak().value == 80u);
  BOOST_TEST(window.outstanding().value == 30u);
}

BOOST_AUTO_TEST_CASE(growing_makes_room_and_shrinking_makes_it_full) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{100});
  window.resize(wire_bytes{400});
  BOOST_TEST(window.room().value == 300u);
  BOOST_TEST(window.low());
  window.resize(wire_bytes{50});
  BOOST_TEST(window.full());
  BOOST_TEST(window.room().value == 0u);
  BOOST_TEST(window.outstanding().value == 100u);
}

BOOST_AUTO_TEST_CASE(it_begins_granted_in_full_and_every_byte_uses_that_up) {
  flow::window window{wire_bytes{100}};
  BOOST_TEST(window.granted().value == 100u);
  BOOST_TEST(window.grant().value == 0u);
  window.receive(wire_bytes{30});
  BOOST_TEST(window.granted().value == 70u);
  window.receive(wire_bytes{90}); // more than was granted
  BOOST_TEST(window.granted().value == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_for_bytes_that_nobody_consumed) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{100});
  BOOST_TEST(window.grant().value == 0u);
  window.release(wire_bytes{49});
  BOOST_TEST(window.grant().value == 0u); // not worth a frame
  BOOST_TEST(window.granted().value == 0u);
  window.release(wire_bytes{1});
  BOOST_TEST(window.grant().value == 50u);
  BOOST_TEST(window.granted().value == 50u);
  BOOST_TEST(window.grant().value == 0u); // taken as granted
}

BOOST_AUTO_TEST_CASE(half_of_an_odd_window_is_due_from_the_larger_half) {
  flow::window window{wire_bytes{3}};
  window.receive(wire_bytes{3});
  window.release(wire_bytes{1});
  BOOST_TEST(window.grant().value == 0u);
  window.release(wire_bytes{1});
  BOOST_TEST(window.grant().value == 2u);
  flow::window one{wire_bytes{1}};
  one.receive(wire_bytes{1});
  one.release(wire_bytes{1});
  BOOST_TEST(one.grant().value == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_granted_and_outstanding_never_exceeds_the_size) {
  flow::window window{wire_bytes{1000}};
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    window.receive(wire_bytes{std::min<std::uint64_t>(window.granted().value, i * 7 % 300)});
    window.release(wire_bytes{std::min<std::uint64_t>(window.outstanding().value, i * 13 % 400)});
    window.grant();
    BOOST_REQUIRE(window.granted().value + window.outstanding().value <= 1000u);
    BOOST_REQUIRE(
        (window.outstanding().value > 0 || window.granted().value > 500u)); // never shut for a reader that keeps up
  }
}

BOOST_AUTO_TEST_CASE(growing_is_granted_and_shrinking_takes_back_nothing) {
  flow::window window{wire_bytes{100}};
  window.receive(wire_bytes{40});
  window.resize(wire_bytes{400});
  BOOST_TEST(window.grant().value == 300u);
  BOOST_TEST(window.granted().value == 360u);
  window.resize(wire_bytes{50});
  BOOST_TEST(window.grant().value == 0u);
  window.receive(wire_bytes{360}); // the peer may use what it was given
  window.release(wire_bytes{400});
  BOOST_TEST(window.grant().value == 50u);
}

BOOST_AUTO_TEST_CASE(a_peer_with_credit_left_is_granted_more_at_a_quarter_and_one_without_at_half) {
  flow::window window{wire_bytes{400}};
  window.receive(wire_bytes{300});
  window.release(wire_bytes{99});
  BOOST_TEST(window.grant().value == 0u);
  window.release(wire_bytes{1});
  BOOST_TEST(window.grant().value == 100u);
  window.receive(wire_bytes{200});
  BOOST_TEST(window.granted().value == 0u);
  window.release(wire_bytes{199});
  BOOST_TEST(window.grant().value == 0u);
  window.release(wire_bytes{1});
  BOOST_TEST(window.grant().value == 200u);
}

BOOST_AUTO_TEST_CASE(a_peer_without_room_is_granted_some_once_all_is_consumed) {
  for (std::uint64_t size = 1; size < 70'000; size = size < 300 ? size + 1 : size * 2 - 1) {
    flow::window window{wire_bytes{size}};
    window.receive(wire_bytes{size + 65'493}); // a window that could not be told may be exceeded
    window.release(wire_bytes{size + 65'493});
    BOOST_TEST_CONTEXT("window " << size)
    BOOST_TEST(window.grant().value == size);
    BOOST_TEST(window.granted().value == size);
  }
}

BOOST_AUTO_TEST_SUITE_END()
