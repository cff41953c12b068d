// The name that a mistyped one was meant to be.
#include "../../deploy/command/nearest.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(nearest_names)

BOOST_AUTO_TEST_CASE(a_distance_counts_edits_and_exchanges_of_neighbours) {
  const std::tuple<std::string, std::string, std::size_t> rows[] = {
      {"", "", 0},         {"", "abc", 3},         {"abc", "", 3},           {"fail", "fail", 0},
      {"fial", "fail", 1}, {"outut", "output", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}};
  for (const auto& [from, to, distance] : rows) {
    BOOST_TEST(edit_distance(from, to) == distance, from << " " << to);
    BOOST_TEST(edit_distance(to, from) == distance, from << " " << to);
  }
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_near) {
  const std::vector<std::string> names{"output", "output-dir", "fail", "fail-early", "retry", "http2", "http3"};
  BOOST_TEST(nearest("outptu", names) == "output");
  BOOST_TEST(nearest("fial", names) == "fail");
  BOOST_TEST(nearest("retries", names) == "retry");
  BOOST_TEST(nearest("http4", names) == "http2"); // the first of equals
  BOOST_TEST(nearest("zzz", names) == "");
  BOOST_TEST(nearest("", names) == "");
  BOOST_TEST(nearest(std::string(1000, 'a'), names) == "");
  BOOST_TEST(nearest("x", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
