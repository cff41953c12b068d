// What options add to a URL and take off it.
#include "../../deploy/command/url_edits.hpp"
#include "../../deploy/command/percent_coding.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <utility>

using namespace sluice::command;

namespace {

/// "URL user password", with '-' for a password that is missing; "URL none" without user information.
std::string taken_off(std::string url) {
  const auto found = take_user_information(url);
  if (!found)
    return url + " " + found.error().detail;
  return *found ? url + " " + (*found)->user + " " + (*found)->password.value_or("-") : url + " none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(url_edits)

BOOST_AUTO_TEST_CASE(user_information_is_taken_off_and_decoded) {
  BOOST_TEST(taken_off("https://me:pw@host/a") == "https://host/a me pw");
  BOOST_TEST(taken_off("https://me@host") == "https://host me -");
  BOOST_TEST(taken_off("https://me:@host?q") == "https://host?q me ");
  BOOST_TEST(taken_off("https://m%40e:p%3aw:x@host#f") == "https://host#f m@e p:w:x");
  BOOST_TEST(taken_off("https://a@b@host/") == "https://host/ a@b -");
  BOOST_TEST(taken_off("https://host/a@b") == "https://host/a@b none");
  BOOST_TEST(taken_off("https://host?a@b") == "https://host?a@b none");
  BOOST_TEST(taken_off("me:pw@host/") == "me:pw@host/ none"); // no URL: uri::parse refuses it
}

BOOST_AUTO_TEST_CASE(user_information_that_cannot_be_decoded_is_taken_off_and_not_repeated) {
  const auto got = taken_off("https://hid%zzden:pw@host/a");
  BOOST_TEST(got.starts_with("https://host/a the user name or password in the URL has a '%'"));
  BOOST_TEST(got.find("hid") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_curl_sends_and_no_url_holds_is_encoded_after_the_authority) {
  const std::pair<std::string, std::string> rows[] = {
      {"http://h/a", "http://h/a"},
      {"http://h/\xC3\xA9?\xC3\xBC=\"<>#\\^`\xFF", "http://h/%C3%A9?%C3%BC=%22%3C%3E#%5C%5E%60%FF"},
      {"http://b\xC3\xBC.example?\xC3\xBC", "http://b\xC3\xBC.example?%C3%BC"},
      {"http://me:\"\xC3\xBC@h/a", "http://me:\"\xC3\xBC@h/a"},
      {"http://h\\a", "http://h\\a"}, // uri::parse refuses these
      {"http://h/a b\t%zz%", "http://h/a b\t%zz%"},
      {"h/\xC3\xA9", "h/\xC3\xA9"},
      {"http://h/%C3%A9[]{}|", "http://h/%C3%A9[]{}|"}};
  for (const auto& [given, expected] : rows)
    BOOST_TEST(encoded_url(given) == expected);
}

BOOST_AUTO_TEST_CASE(a_query_is_appended_before_a_fragment) {
  const std::tuple<std::string, std::string, std::string> rows[] = {
      {"http://h", "a=1", "http://h?a=1"},         {"http://h/p", "a=1", "http://h/p?a=1"},
      {"http://h/p?b", "a=1", "http://h/p?b&a=1"}, {"http://h/p?", "a=1", "http://h/p?a=1"},
      {"http://h/p?b&", "a", "http://h/p?b&a"},    {"http://h/p#f?g", "a", "http://h/p?a#f?g"},
      {"http://h/p?b#f", "", "http://h/p?b#f"}};
  for (const auto& [before, query, after] : rows) {
    auto url = before;
    add_query(url, query);
    BOOST_TEST(url == after);
  }
}

BOOST_AUTO_TEST_CASE(a_file_name_completes_a_path_that_ends_in_a_slash) {
  const std::tuple<std::string, std::string, std::string> rows[] = {
      {"http://h/d/", "a.txt", "http://h/d/a.txt"},
      {"http://h/d/", "/x/y/a b?.txt", "http://h/d/a%20b%3F.txt"},
      {"http://h", "a.txt", "http://h/a.txt"},
      {"http://h?q=/", "a.txt", "http://h/a.txt?q=/"},
      {"http://h/d/?q#f", "a.txt", "http://h/d/a.txt?q#f"},
      {"http://h/d", "a.txt", "http://h/d"}};
  for (const auto& [before, path, after] : rows) {
    auto url = before;
    add_file_name(url, path);
    BOOST_TEST(url == after);
  }
}

BOOST_AUTO_TEST_CASE(percent_coding_goes_there_and_back) {
  BOOST_TEST(percent_encode("aZ09-._~") == "aZ09-._~");
  BOOST_TEST(percent_encode(" +/\xC3\xA9") == "%20%2B%2F%C3%A9");
  BOOST_TEST(percent_encode(" +", space::as_plus) == "+%2B");
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(static_cast<unsigned char>(i));
  BOOST_TEST((percent_decode(percent_encode(all)) == all));
  BOOST_TEST(percent_decode("a+%2b%2B").value_or("") == "a+++");
  for (const std::string text : {"%", "%2", "%zz", "a%2"})
    BOOST_TEST(!percent_decode(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
