// .netrc files as curl reads them.
#include "../../deploy/command/netrc.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace sluice::command;

namespace {

/// "login password" for that machine; "none": no entry; the error's text where the file is wrong.
std::string found(const std::string& text, const std::string& machine, const std::optional<std::string>& login = {}) {
  const auto entries = parse_netrc(text, "'file'");
  if (!entries)
    return entries.error().detail;
  const auto* entry = find_netrc_entry(*entries, machine, login);
  return entry ? entry->login.value_or("-") + " " + entry->password.value_or("-") : "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(netrc_files)

BOOST_AUTO_TEST_CASE(a_machine_is_found_on_one_line_or_on_several) {
  const std::string text = "machine a.example login me password secret\n"
                           "machine\n  b.example\r\n\tlogin\nyou\n  password hidden account ignored\n"
                           "default login any password one\n";
  BOOST_TEST(found(text, "a.example") == "me secret");
  BOOST_TEST(found(text, "A.EXAMPLE") == "me secret");
  BOOST_TEST(found(text, "b.example") == "you hidden");
  BOOST_TEST(found(text, "c.example") == "any one");
  BOOST_TEST(found("machine a login x password y", "b") == "none");
  BOOST_TEST(found("", "b") == "none");
  BOOST_TEST(found("machine a\nmachine b login u", "a") == "- -");
}

BOOST_AUTO_TEST_CASE(a_login_that_is_known_chooses_among_entries) {
  const std::string text = "machine h login one password 1\nmachine h login two password 2\n";
  BOOST_TEST(found(text, "h") == "one 1");
  BOOST_TEST(found(text, "h", "two") == "two 2");
  BOOST_TEST(found(text, "h", "three") == "none");
}

BOOST_AUTO_TEST_CASE(quotes_comments_and_macros_are_understood) {
  BOOST_TEST(found("machine h login \"a b\" password \"q\\\"\\\\\\n\\tz\"", "h") == "a b q\"\\\n\tz");
  BOOST_TEST(found("# machine h login x\n  # again\nmachine h login u password p#1\n", "h") == "u p#1");
  BOOST_TEST(found("machine h login u password #1", "h") == "u #1");
  BOOST_TEST(found("macdef init\nmachine no login no\ncd /x\n\nmachine h login u password p", "h") == "u p");
  BOOST_TEST(found("macdef init\nmachine no login no", "no") == "none");
  BOOST_TEST(found("machine h login \"login\" password \"machine\"", "h") == "login machine");
}

BOOST_AUTO_TEST_CASE(an_error_names_file_and_line_and_no_content) {
  const std::string odd = "'file', line 2 has a word that is none of machine, default, login, password, account and "
                          "macdef; quote a name or a password that has blanks";
  BOOST_TEST(found("machine h login u\npassword hidden hidden2", "h") == odd);
  BOOST_TEST(found("\nlogin hidden", "h")
             == "'file', line 2 has a login, password or account before the first machine");
  BOOST_TEST(found("machine h\nlogin", "h") == "'file', line 2 ends where a value has to follow");
  BOOST_TEST(found("machine h login u password \"hidden\n", "h")
             == "'file', line 1 has a '\"' without another one that closes it on the same line");
  BOOST_TEST(found("machine \"\" login u", "h") == "'file', line 1 names a machine without a name");
}

BOOST_AUTO_TEST_SUITE_END()
