// Points in time as people and HTTP write them.
#include "../../deploy/command/time_text.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(time_texts)

BOOST_AUTO_TEST_CASE(the_same_time_is_read_in_every_form) {
  const std::chrono::sys_seconds expected{std::chrono::seconds{784111777}};
  for (const std::string text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "1994-11-06T08:49:37Z", "1994-11-06 08:49:37", "19941106 08:49:37", "6 nov 1994 08:49:37",
        "November 6 1994 08:49:37", "Sun, 06 Nov 1994 09:49:37 +0100", "1994-11-06T07:19:37-01:30"}) {
    const auto got = parse_time(text);
    BOOST_TEST_REQUIRE(got.has_value(), text);
    BOOST_TEST(got->time_since_epoch().count() == expected.time_since_epoch().count(), text);
  }
  BOOST_TEST(http_date(expected) == "Sun, 06 Nov 1994 08:49:37 GMT");
  BOOST_TEST(http_date(*parse_time("2026-11-26")) == "Thu, 26 Nov 2026 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_not_taken_for_one) {
  for (const std::string text :
       {"", "yesterday", "file.txt", "1994", "6 Nov", "31 Feb 2020", "6 Nov 1994 24:00", "6 Nov 1994 08:60",
        "6 Nov 1994 999999999999:00", "6 Nov 1994 08:49 +99:99", "2020-13-01", "0000-01-01", "1994-11", "./a"})
    BOOST_TEST(!parse_time(text).has_value(), text);
  BOOST_TEST(!parse_time("6 Nov 1994" + std::string(200, ' ')).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
