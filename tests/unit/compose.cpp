// What is added to a request before it is sent.
#include <sluice/protocols/http/compose.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace sluice::http;

namespace {

fields with_defaults(fields given, const default_fields& defaults) {
  add_defaults(given, defaults);
  return given;
}

} // namespace

BOOST_AUTO_TEST_SUITE(compose)

BOOST_AUTO_TEST_CASE(fields_are_added_where_the_user_set_none) {
  const auto composed = with_defaults({}, {.user_agent = "sluice/1", .priority = priority{1, true}});
  BOOST_TEST((composed
              == fields{{"User-Agent", "sluice/1"},
                        {"Accept", "*/*"},
                        {"Accept-Encoding", "gzip, deflate, br, zstd"},
                        {"Priority", "u=1, i"}}));
}

BOOST_AUTO_TEST_CASE(what_the_user_set_stays_in_any_case_of_its_name) {
  const auto composed =
      with_defaults({{"user-AGENT", "mine"}, {"accept", "text/plain"}}, {.user_agent = "sluice/1", .decodes = false});
  BOOST_TEST((composed == fields{{"user-AGENT", "mine"}, {"accept", "text/plain"}}));
}

BOOST_AUTO_TEST_CASE(what_the_user_does_not_want_is_not_added) {
  const std::vector<std::string> without{"accept", "USER-AGENT", "Accept-Encoding", "priority"};
  BOOST_TEST(with_defaults({}, {.user_agent = "sluice/1", .priority = priority{}, .without = without}).empty());
}

BOOST_AUTO_TEST_CASE(an_expectation_is_known_in_any_case) {
  BOOST_TEST(expects_continue({{"Expect", "100-Continue"}}));
  BOOST_TEST(!expects_continue({{"Expect", "100-continue, other"}}));
  BOOST_TEST(!expects_continue({}));
}

BOOST_AUTO_TEST_CASE(a_length_is_announced_by_a_number_and_nothing_else) {
  BOOST_TEST((announced_length({{"Content-Length", "18446744073709551615"}}) == 18446744073709551615u));
  BOOST_TEST((announced_length({{"content-length", "0"}}) == 0u));
  for (const char* bad : {"", "-1", "1 ", " 1", "1,1", "18446744073709551616", "0x1"})
    BOOST_TEST(!announced_length({{"Content-Length", bad}}), bad);
  BOOST_TEST(!announced_length({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}));
  BOOST_TEST(!announced_length({}));
}

BOOST_AUTO_TEST_SUITE_END()
