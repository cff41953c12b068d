#include <sluice/protocols/flow/ledger.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

/// A ledger with 100 bytes: 30 queued, 50 lent, 20 released.
flow::ledger half_read() {
  flow::ledger x;
  x.receive(wire_bytes{100});
  x.lend(wire_bytes{60});
  x.settle(wire_bytes{10});
  x.skip(wire_bytes{10});
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(each_byte_is_queued_lent_or_released) {
  const auto x = half_read();
  BOOST_TEST(x.received().value == 100u);
  BOOST_TEST(x.queued().value == 30u);
  BOOST_TEST(x.lent().value == 50u);
  BOOST_TEST(x.released().value == 20u);
  BOOST_TEST(x.held().value == 80u);
  BOOST_TEST(x.consistent());
  BOOST_TEST(!x.closed());
}

BOOST_AUTO_TEST_CASE(consuming_returns_just_what_was_consumed) {
  auto x = half_read();
  BOOST_TEST(x.settle(wire_bytes{1}).value == 1u);
  BOOST_TEST(x.settle(wire_bytes{0}).value == 0u);
  BOOST_TEST(x.settle(wire_bytes{49}).value == 49u);
  BOOST_TEST(x.lent().value == 0u);
  BOOST_TEST(x.queued().value == 30u);
}

BOOST_AUTO_TEST_CASE(bytes_that_decode_to_nothing_are_credited_at_once) {
  auto x = half_read();
  BOOST_TEST(x.skip(wire_bytes{30}).value == 30u);
  BOOST_TEST(x.queued().value == 0u);
  BOOST_TEST(x.lent().value == 50u);
}

BOOST_AUTO_TEST_CASE(closing_releases_all_that_is_held_and_does_so_once) {
  auto x = half_read();
  BOOST_TEST(x.close().value == 80u);
  BOOST_TEST(x.closed());
  BOOST_TEST(x.held().value == 0u);
  BOOST_TEST(x.released().value == 100u);
  BOOST_TEST(x.close().value == 0u);
  BOOST_TEST(x.consistent());
}

BOOST_AUTO_TEST_CASE(closing_an_untouched_body_returns_nothing) {
  flow::ledger x;
  BOOST_TEST(x.close().value == 0u);
  BOOST_TEST(x.consistent());
}

BOOST_AUTO_TEST_CASE(what_a_reader_consumes_after_the_end_is_not_credited_again) {
  auto x = half_read();
  x.close();
  BOOST_TEST(x.settle(wire_bytes{50}).value == 0u);
  BOOST_TEST(x.skip(wire_bytes{30}).value == 0u);
  x.lend(wire_bytes{30});
  BOOST_TEST(x.held().value == 0u);
  BOOST_TEST(x.released().value == 100u);
  BOOST_TEST(x.consistent());
}

BOOST_AUTO_TEST_CASE(late_bytes_are_released_on_receipt) {
  auto x = half_read();
  x.close();
  x.receive(wire_bytes{7});
  BOOST_TEST(x.received().value == 107u);
  BOOST_TEST(x.released().value == 107u);
  BOOST_TEST(x.held().value == 0u);
  BOOST_TEST(x.close().value == 0u);
  BOOST_TEST(x.consistent());
}

BOOST_AUTO_TEST_SUITE_END()
