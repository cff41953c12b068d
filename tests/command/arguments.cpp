// Arguments with configuration files in their place, and secrets among a process's own arguments.
#include "../../deploy/command/arguments.hpp"
#include "../../deploy/command/secret_arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::command;

namespace {

const option_table table{{{{"output"}, "o", true, false},
                          {{"user"}, "u", true, false},
                          {{"oauth2-bearer"}, "", true, false},
                          {{"data", "data-ascii"}, "d", true, false},
                          {{"config"}, "K", true, false},
                          {{"url"}, "", true, false},
                          {{"silent"}, "s", false, false},
                          {{"fail"}, "f", false, false},
                          {{"disable"}, "q", false, false},
                          {{"stats"}, "", false, true}}};

/// The words, joined by blanks, each in brackets; the error's text otherwise.
std::string expanded(const std::vector<std::string>& words, const std::map<std::string, std::string>& files = {},
                     const std::string& first = {}) {
  const auto all =
      expand_arguments(words, table, first, [&](const std::string& path) -> result_or_failure<std::string> {
        const auto found = files.find(path);
        if (found == files.end())
          return failure{errc::invalid_configuration, caused_by::local, "-K: '" + path + "' cannot be read"};
        return found->second;
      });
  if (!all)
    return all.error().detail;
  std::string result;
  for (const auto& each : *all)
    result += "[" + each.text + "]";
  return result;
}

std::string hidden(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (auto& each : words)
    pointers.push_back(each.data());
  hide_secrets(pointers, table);
  std::string result;
  for (const auto& each : words)
    result += "[" + each + "]";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(words_without_files_stay_as_they_are) {
  BOOST_TEST(expanded({"-fs", "-o", "file", "url"}) == "[-fs][-o][file][url]");
  BOOST_TEST(expanded({"-fsofile", "-", "--output=a=b", "--stats=x", "--stats"})
             == "[-fsofile][-][--output][a=b][--stats=x][--stats]");
  BOOST_TEST(expanded({"--output="}) == "[--output][]");
  BOOST_TEST(expanded({"-o", "-K", "-d", "--config", "--", "-K", "--nothing"})
             == "[-o][-K][-d][--config][--][-K][--nothing]");
}

BOOST_AUTO_TEST_CASE(a_file_takes_the_place_of_its_option) {
  const std::map<std::string, std::string> files{{"a", "output = x\nfail\n-d \"1 2\"\n"}, {"-", "silent"}};
  for (const std::vector<std::string>& words : {std::vector<std::string>{"-s", "-K", "a", "url"},
                                                {"-sKa", "url"},
                                                {"-sK", "a", "url"},
                                                {"-s", "--config=a", "url"}})
    BOOST_TEST(expanded(words, files) == "[-s][--output][x][--fail][-d][1 2][url]");
  BOOST_TEST(expanded({"-K", "-"}, files) == "[--silent]");
  BOOST_TEST(expanded({"-K-", "-K-"}, files) == "-K: standard input cannot be read twice");
  BOOST_TEST(expanded({}, {{"a", "K"}}, "a")
             == "'a', line 1: unknown option '--K' ('sluice get --help all' lists the options)");
}

BOOST_AUTO_TEST_CASE(an_option_of_a_file_may_be_separated_from_its_value_in_any_way) {
  for (const std::string line :
       {"--user = \"a b\"", "--user: \"a b\"", "--user=\"a b\"", "--user \"a b\"", "user = \"a b\"", "user: \"a b\"",
        "user=\"a b\"", "user \"a b\"", "user : \"a b\"", "--user : \"a b\""})
    BOOST_TEST(expanded({"-K", "f"}, {{"f", line}}) == "[--user][a b]", line);
  BOOST_TEST(expanded({"-K", "f"}, {{"f", "-u = \"a b\""}}) == "[-u][a b]");
  BOOST_TEST(expanded({"-K", "f"}, {{"f", "--stats=f\n--stats = g\nstats: h"}}) == "[--stats=f][--stats=g][--stats=h]");
}

BOOST_AUTO_TEST_CASE(files_name_files_to_a_depth) {
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "silent\nconfig b\nfail"}, {"b", "-K c"}, {"c", "stats = f"}})
             == "[--silent][--stats=f][--fail]");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "config a"}})
             == "'a', line 1: -K: files that name files are read 5 deep; this one is deeper");
}

BOOST_AUTO_TEST_CASE(the_first_file_comes_first_unless_it_is_disabled) {
  const std::map<std::string, std::string> files{{"rc", "silent"}};
  BOOST_TEST(expanded({"-f"}, files, "rc") == "[--silent][-f]");
  BOOST_TEST(expanded({"-q", "-f"}, files, "rc") == "[-q][-f]");
  BOOST_TEST(expanded({"-qf"}, files, "rc") == "[-qf]");
  BOOST_TEST(expanded({"--disable"}, files, "rc") == "[--disable]");
  BOOST_TEST(expanded({"-f", "-q"}, files, "rc") == "[--silent][-f][-q]");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_names_the_nearest_and_its_place) {
  BOOST_TEST(expanded({"--fial"})
             == "unknown option '--fial'; did you mean '--fail'? ('sluice get --help all' lists the options)");
  BOOST_TEST(expanded({"--usr=hidden"})
             == "unknown option '--usr'; did you mean '--user'? ('sluice get --help all' lists the options)");
  BOOST_TEST(expanded({"-fW"}) == "unknown option '-W' ('sluice get --help all' lists the options)");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "\noutptu = hidden"}})
             == "'a', line 2: unknown option '--outptu'; did you mean '--output'? ('sluice get --help all' lists the "
                "options)");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_missing_or_too_much_in_a_file_is_told_with_its_place) {
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "user"}}) == "'a', line 1: --user: a value is missing; write --user VALUE");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "-su"}}) == "'a', line 1: -u: a value is missing; write -u VALUE");
  for (const std::string name : {"-o", "--output", "-K"})
    BOOST_TEST(expanded({name}) == name + ": a value is missing; write " + name + " VALUE");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "silent hidden"}})
             == "'a', line 1: --silent: a value is given, but none is taken; write --silent alone");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "-uhidden hidden"}})
             == "'a', line 1: -u: a value is given beside the attached one; leave one of them out");
  BOOST_TEST(expanded({"--silent=hidden"}) == "--silent: a value is given, but none is taken; write --silent alone");
  BOOST_TEST(expanded({"-K", "none"}) == "-K: 'none' cannot be read");
  BOOST_TEST(expanded({"-K", "a"}, {{"a", "user \"hidden"}}).find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_message_of_the_parser_gets_the_place_of_its_option) {
  const std::vector<word> words{{"--output", ""}, {"x", ""}, {"-o", "'f', line 2"}, {"y", "'f', line 2"}};
  BOOST_TEST(place_of("--output: no", words, table) == "'f', line 2");
  BOOST_TEST(place_of("--output-dir: no", words, table) == "");
  BOOST_TEST(place_of("--silent: no", words, table) == "");
}

BOOST_AUTO_TEST_CASE(secrets_among_arguments_become_blanks) {
  BOOST_TEST(hidden({"-u", "me:pw", "-o", "me:pw"}) == "[-u][     ][-o][me:pw]");
  BOOST_TEST(hidden({"-sume:pw", "--user=me:pw", "--user", "me:pw", "--user="})
             == "[-su     ][--user=     ][--user][     ][--user=]");
  BOOST_TEST(hidden({"--oauth2-bearer", "token", "-d", "-u", "x"}) == "[--oauth2-bearer][     ][-d][-u][x]");
  BOOST_TEST(hidden({"https://me:pw@host/a@b", "--url", "http://me@host/", "-u"})
             == "[https://     @host/a@b][--url][http://  @host/][-u]");
  BOOST_TEST(hidden({"--", "--nothing", "-", ""}) == "[--][--nothing][-][]");
}

BOOST_AUTO_TEST_SUITE_END()
