// URL globbing: which URLs a pattern stands for, in which order, and what is no pattern.
#include "../../deploy/command/glob.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

using sluice::command::glob;

namespace {

std::vector<std::string> urls_of(const std::string& pattern) {
  const auto parsed = glob::parse(pattern);
  if (!parsed)
    return {parsed.error().detail};
  std::vector<std::string> result;
  for (std::uint64_t i = 0; i < parsed->size(); ++i)
    result.push_back(parsed->at(i).url);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(globs)

BOOST_AUTO_TEST_CASE(ranges_and_lists_stand_for_several_urls) {
  using names = std::vector<std::string>;
  const std::vector<std::pair<std::string, names>> rows{
      {"http://h/a", {"http://h/a"}},
      {"f[1-3]", {"f1", "f2", "f3"}},
      {"f[08-10]", {"f08", "f09", "f10"}},
      {"f[0-9:4]", {"f0", "f4", "f8"}},
      {"f[a-e:2]", {"fa", "fc", "fe"}},
      {"f[X-Z]", {"fX", "fY", "fZ"}},
      {"f[7-7]", {"f7"}},
      {"{one,two}.h", {"one.h", "two.h"}},
      {"a{,b}", {"a", "ab"}},
      {"{a,b}[1-2]", {"a1", "a2", "b1", "b2"}},
      {R"(\{a,b\}\[1-2\])", {"{a,b}[1-2]"}},
      {"http://[::1]:80/[1-2]", {"http://[::1]:80/1", "http://[::1]:80/2"}},
      {"http://[fe80::1%25eth-0]/", {"http://[fe80::1%25eth-0]/"}},
  };
  for (const auto& [pattern, expected] : rows)
    BOOST_TEST(urls_of(pattern) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_is_named_with_its_place_and_nothing_else_of_the_url) {
  for (const auto& [pattern, words] : std::vector<std::pair<std::string, std::string>>{
           {"http://u:secret@h/{a,{b}}", "cannot be nested (character 22)"},
           {"http://u:secret@h/{a[1-2]}", "cannot be nested"},
           {"http://u:secret@h/{a", "'{' is not closed"},
           {"http://u:secret@h/[1-2", "'[' is not closed"},
           {"http://u:secret@h/a]", "']' closes nothing"},
           {"http://u:secret@h/a}", "'}' closes nothing"},
           {"http://u:secret@h/{}", "is empty"},
           {"http://u:secret@h/?a[]=1", "the range in brackets is none"},
           {"http://u:secret@h/[2-1]", "the range in brackets is none"},
           {"http://u:secret@h/[1-9:0]", "the range in brackets is none"},
           {"http://u:secret@h/[1-9:20]", "the range in brackets is none"},
           {"http://u:secret@h/[a-9]", "the range in brackets is none"},
           {"http://u:secret@h/[a-Z]", "the range in brackets is none"},
           {"http://u:secret@h/[1-99999999999999999999]", "the range in brackets is none"},
           {"http://u:secret@h/[0-18446744073709551615]", "more than 1000000 URLs"},
           {"http://u:secret@h/[1-1000][1-1001]", "more than 1000000 URLs"},
       }) {
    const auto parsed = glob::parse(pattern);
    BOOST_TEST_REQUIRE(!parsed, pattern);
    BOOST_TEST((parsed.error().code == sluice::errc::invalid_url));
    BOOST_TEST(parsed.error().detail.find(words) != std::string::npos, parsed.error().detail);
    BOOST_TEST(parsed.error().detail.find("with -g") != std::string::npos);
    BOOST_TEST(parsed.error().detail.find("secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_million_urls_are_made_one_at_a_time) {
  const auto parsed = glob::parse("[1-1000]-[0-999]");
  BOOST_TEST_REQUIRE(static_cast<bool>(parsed));
  BOOST_TEST(parsed->size() == 1'000'000u);
  BOOST_TEST(parsed->at(999'999).url == "1000-999");
  BOOST_TEST(parsed->at(1'000).url == "2-0");
}

BOOST_AUTO_TEST_CASE(a_number_sign_in_the_output_stands_for_what_the_pattern_stands_for) {
  const auto parsed = glob::parse("http://{a,b}.h/[10-12]");
  BOOST_TEST_REQUIRE(static_cast<bool>(parsed));
  const auto values = parsed->at(5).values;
  const auto name = [&](const char* text) { return sluice::command::with_glob_values(text, values); };
  BOOST_TEST(name("#1_#2.txt") == "b_12.txt");
  BOOST_TEST(name("#2#1") == "12b");
  BOOST_TEST(name("#0 #3 #x #") == "#0 #3 #x #");
  BOOST_TEST(name("#12") == "#12");
  BOOST_TEST(glob::literal("[1-2]").at(0).url == "[1-2]");
}

BOOST_AUTO_TEST_SUITE_END()
