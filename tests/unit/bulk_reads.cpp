// A fast body is read in large pieces; a slow one, an unproven one, and the end of any are read as they come.
#include <sluice/protocols/flow/bulk.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using sluice::wire_bytes;
using sluice::flow::bulk;

namespace {
constexpr std::uint64_t length = 100u << 20;
constexpr wire_bytes fast{1u << 20};
} // namespace

BOOST_AUTO_TEST_SUITE(bulk_reads)

BOOST_AUTO_TEST_CASE(only_a_window_that_has_grown_proves_a_fast_body) {
  bulk reads;
  BOOST_TEST(reads.next_wait(wire_bytes{64u << 10}, 0, length) == 1u);
  BOOST_TEST(reads.next_wait(bulk::proof, 0, length) == bulk::piece);
  BOOST_TEST(reads.gathering());
  BOOST_TEST(reads.next_wait() == 1u);
  BOOST_TEST(!reads.gathering());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_body_is_never_waited_for_in_large_pieces) {
  bulk reads;
  BOOST_TEST(reads.next_wait(fast, length - 2 * bulk::piece - 1, length) == bulk::piece);
  BOOST_TEST(reads.next_wait(fast, length - 2 * bulk::piece, length) == 1u);
  BOOST_TEST(reads.next_wait(fast, 0, 0) == 1u); // nobody knows where it ends
}

BOOST_AUTO_TEST_CASE(a_body_that_slows_down_has_to_prove_itself_again) {
  bulk reads;
  reads.next_wait(fast, 0, length);
  reads.watch();
  BOOST_TEST(!reads.moved());
  reads.next_wait(fast, 0, length);
  BOOST_TEST(reads.moved());
  reads.flows_slower(fast, 1000);
  BOOST_TEST(reads.next_wait(fast, 1000 + fast.value - 1, length) == 1u);
  BOOST_TEST(reads.next_wait(fast, 1000 + fast.value, length) == bulk::piece);
  reads.flows_slower(fast, 1000);
  reads.restart();
  BOOST_TEST(reads.next_wait(fast, 0, length) == bulk::piece);
}

BOOST_AUTO_TEST_SUITE_END()
