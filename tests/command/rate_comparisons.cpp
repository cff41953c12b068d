// What is said of rates that were measured in turn.
#include "../../deploy/command/rate_comparison.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(rate_comparisons)

BOOST_AUTO_TEST_CASE(a_spread_is_the_lowest_the_median_and_the_highest) {
  const auto odd = spread_of({5, 1, 3});
  BOOST_TEST((odd.lowest == 1 && odd.median == 3 && odd.highest == 5));
  BOOST_TEST(spread_of({4, 1, 2, 8}).median == 3);
  BOOST_TEST(spread_of({}).median == 0);
  constexpr double mebibyte = 1 << 20;
  BOOST_TEST(in_mebibytes({790 * mebibyte, 812 * mebibyte, 830 * mebibyte}) == "812 (790..830)");
}

BOOST_AUTO_TEST_CASE(spreads_that_overlap_show_no_difference_and_nobody_is_faster_beside_stalled_readers) {
  const spread low{1, 2, 3}, high{3.5, 4, 5}, wide{1, 4, 6};
  BOOST_TEST(verdict(low, wide) == "no difference that can be measured");
  BOOST_TEST(verdict(wide, low) == "no difference that can be measured");
  BOOST_TEST(verdict(low, low) == "no difference that can be measured");
  BOOST_TEST(verdict(high, low) == "slower beside stalled readers");
  BOOST_TEST(verdict(low, high) == "not slower beside stalled readers");
}

BOOST_AUTO_TEST_SUITE_END()
