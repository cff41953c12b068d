// The options of curl that are left out. That they are those of docs/FROM_CURL.md is checked by the script from_curl.
#include "../../deploy/command/curl_options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(curl_options)

BOOST_AUTO_TEST_CASE(an_option_is_found_by_each_of_its_names) {
  const std::string is = " is an option of curl that sluice does not have";
  BOOST_TEST(why_left_out("--cookie-jar") == "'--cookie-jar'" + is + ": planned");
  BOOST_TEST(why_left_out("-c") == "'-c' (--cookie-jar)" + is + ": planned");
  BOOST_TEST(why_left_out("-:") == "'-:' (--next)" + is + ": give several commands");
}

BOOST_AUTO_TEST_CASE(a_reason_that_says_no_more_is_left_out) {
  BOOST_TEST(why_left_out("--hsts") == "'--hsts' is an option of curl that sluice does not have");
  BOOST_TEST(why_left_out("--rate")
             == "'--rate' is an option of curl that sluice does not have: --limit-rate limits bytes");
}

BOOST_AUTO_TEST_CASE(other_names_and_parts_of_names_are_not_found) {
  for (const auto* name : {"--location", "-L", "--prox", "--proxyx", "--", "-", "", "proxy", ",", " "})
    BOOST_TEST(why_left_out(name) == "", name);
}

BOOST_AUTO_TEST_SUITE_END()
