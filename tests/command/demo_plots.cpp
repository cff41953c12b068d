// The plot of the demonstration: axes, the stall, both readers in each row.
#include "../../deploy/command/demo_plot.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace sluice::command;

namespace {

std::size_t times(const std::string& text, const std::string& mark) {
  std::size_t n = 0;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1))
    ++n;
  return n;
}

body_course course(double stalled_from, double stalled_until) {
  return {{{0, 0, 0}, {1, 32u << 20, 16u << 20}, {2, 64u << 20, 64u << 20}}, stalled_from, stalled_until, 16u << 20};
}

} // namespace

BOOST_AUTO_TEST_SUITE(demo_plots)

BOOST_AUTO_TEST_CASE(ticks_are_round_and_few) {
  const struct {
    double largest;
    std::vector<double> ticks;
  } table[] = {
      {0, {0}}, {1, {0, 0.2, 0.4, 0.6, 0.8, 1}}, {6.1, {0, 2, 4, 6}}, {67.8, {0, 20, 40, 60}}, {128, {0, 50, 100}}};
  for (const auto& entry : table) {
    const auto got = axis_ticks(entry.largest);
    BOOST_TEST_REQUIRE(got.size() == entry.ticks.size(), entry.largest);
    for (std::size_t i = 0; i < got.size(); ++i)
      BOOST_TEST(got[i] == entry.ticks[i], boost::test_tools::tolerance(1e-9));
  }
  for (double largest = 0.001; largest < 1e6; largest *= 1.07)
    BOOST_TEST((axis_ticks(largest).size() >= 2 && axis_ticks(largest).size() <= 6), largest);
}

BOOST_AUTO_TEST_CASE(a_row_has_both_readers_and_shades_the_stall_of_each) {
  const auto svg =
      demo_plot({{"HTTP/2", course(0.5, 1.5), course(0.5, 1.5)}, {"HTTP/3", course(0.5, 1.5), course(1, 1)}});
  BOOST_TEST(times(svg, "<polyline") == 8u);
  BOOST_TEST(times(svg, ">HTTP/2<") == 2u);
  BOOST_TEST(times(svg, "fill=\"#ececec\"") == 1u + 3u); // the legend, and those that stalled
  BOOST_TEST(times(svg, ">60 MiB<") == 4u);
  BOOST_TEST(times(svg, ">2 s<") == 4u);
  BOOST_TEST(times(svg, "at most 16.0 MiB held") == 4u);
  for (const char* word : {"the origin has sent", "the reader has consumed", "the reader stalls"})
    BOOST_TEST(times(svg, word) >= 1u, word);
  BOOST_TEST(times(svg, "href") == 0u);
}

BOOST_AUTO_TEST_CASE(readers_that_never_began_are_an_empty_plot) {
  const auto svg = demo_plot({{"HTTP/2", {}, {}}});
  BOOST_TEST(svg.ends_with("</svg>\n"));
  BOOST_TEST(times(svg, "nan") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
