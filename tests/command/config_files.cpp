// Configuration files in curl's syntax, line by line.
#include "../../deploy/command/config_file.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace sluice::command;

namespace {

/// "option|value" for each line, with '-' for a value that is missing; the error's text where the file is wrong.
std::string parsed(const std::string& text) {
  const auto lines = parse_config(text, "'file'");
  if (!lines)
    return lines.error().detail;
  std::string result;
  for (const auto& line : *lines)
    result += (result.empty() ? "" : " ") + line.option + "|" + line.value.value_or("-");
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_files)

BOOST_AUTO_TEST_CASE(a_line_is_an_option_and_its_value) {
  const std::pair<std::string, std::string> rows[] = {{"", ""},
                                                      {"output file", "--output|file"},
                                                      {"output=file", "--output|file"},
                                                      {"  output : file \r\n", "--output|file"},
                                                      {"output = \"a b\"", "--output|a b"},
                                                      {"--output file", "--output|file"},
                                                      {"-o file", "-o|file"},
                                                      {"-ofile", "-ofile|-"},
                                                      {"-fsS", "-fsS|-"},
                                                      {"--stats=file", "--stats|file"},
                                                      {"--output = file", "--output|file"},
                                                      {"--output: \"a \\\"b\\\"\"", "--output|a \"b\""},
                                                      {"--output=\"a b\" # there", "--output|a b"},
                                                      {"--output =\t\"a b\"", "--output|a b"},
                                                      {"output \"a\\tb\"", "--output|a\tb"},
                                                      {"output:\"a b\"", "--output|a b"},
                                                      {"-o = \"a b\"", "-o|a b"},
                                                      {"-o \"a b\"", "-o|a b"},
                                                      {"-o =file", "-o|=file"},
                                                      {"-o=file", "-o=file|-"},
                                                      {"--user :password", "--user|:password"},
                                                      {"--data-urlencode ==", "--data-urlencode|=="},
                                                      {"--output =", "--output|-"},
                                                      {"silent", "--silent|-"},
                                                      {"silent # quiet", "--silent|-"},
                                                      {"output file # there", "--output|file"},
                                                      {"url = http://h/?a=b#c", "--url|http://h/?a=b#c"},
                                                      {"user-agent \"\"", "--user-agent|"},
                                                      {"# a\n// b\n* c\n\n  # d\nsilent\nfail", "--silent|- --fail|-"},
                                                      {"\xEF\xBB\xBFsilent", "--silent|-"}};
  for (const auto& [text, expected] : rows)
    BOOST_TEST(parsed(text) == expected, text);
}

BOOST_AUTO_TEST_CASE(a_quoted_value_has_escapes) {
  BOOST_TEST(parsed(R"(data "a\"b\\c\td\ne\rf\vg\zh")") == "--data|a\"b\\c\td\ne\rf\vgzh");
  BOOST_TEST(parsed("data \"#=:\" # comment") == "--data|#=:");
}

BOOST_AUTO_TEST_CASE(an_error_names_file_and_line_and_no_value) {
  BOOST_TEST(parsed("silent\nuser \"hidden")
             == "'file', line 2 has a '\"' without another one that closes it; write \\\" for one within a value");
  BOOST_TEST(parsed("user hidden hidden") == "'file', line 1 has blanks in its value; put the value in double quotes");
  BOOST_TEST(parsed("user \"hidden\" hidden") == "'file', line 1 has something after the closing quote");
  BOOST_TEST(parsed("\n\n= hidden") == "'file', line 3 has no option's name before its '=' or ':'");
  BOOST_TEST(parsed(std::string("sil\0ent", 7)) == "'file', line 1 has a NUL byte: it is no text");
}

BOOST_AUTO_TEST_CASE(lines_are_counted_from_one) {
  const auto lines = parse_config("#\n\nsilent\n", "'file'");
  BOOST_TEST_REQUIRE(lines->size() == 1u);
  BOOST_TEST(lines->front().line == 3u);
}

BOOST_AUTO_TEST_CASE(the_first_file_that_exists_is_read_without_being_named) {
  const auto environment = [](const char* name) {
    return std::string{name} == "SLUICE_HOME"       ? "/s"
           : std::string{name} == "XDG_CONFIG_HOME" ? ""
                                                    : std::string{"/home/me"};
  };
  BOOST_TEST(startup_file(environment, [](const std::string&) { return true; }) == "/s/.sluicerc");
  BOOST_TEST(startup_file(environment, [](const std::string& path) { return path == "/home/me/.sluicerc"; })
             == "/home/me/.sluicerc");
  BOOST_TEST(startup_file(environment, [](const std::string&) { return false; }) == "");
}

BOOST_AUTO_TEST_SUITE_END()
