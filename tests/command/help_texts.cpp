// The texts of --help, and where it is found among the arguments.
#include "../../deploy/command/help_request.hpp"
#include "../../deploy/command/help_text.hpp"
#include "../../deploy/command/word_wrap.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace sluice::command;

namespace {

manual_option option(const std::string& name, const std::string& letter, const std::string& value,
                     const std::string& group, bool common) {
  manual_option result;
  result.long_names = {name};
  result.short_names = letter;
  result.value = value;
  result.help = "What " + name + " does";
  result.group = group;
  result.common = common;
  return result;
}

/// A command with more options than are shown without --help all.
manual many_options() {
  manual all{"sluice", "1", "sluice: a client", {}, {{"get", "Fetch a URL", "URL...", {}}, {"demo", "Show", "", {}}}};
  auto& options = all.commands[0].options;
  options.push_back(option("output", "o", "FILE", "output", true));
  options.push_back(option("create-dirs", "", "", "output", false));
  options.push_back(option("insecure", "k", "", "tls", true));
  for (int i = 0; i < 20; ++i)
    options.push_back(option("rare" + std::to_string(i), "", "N", "limits", false));
  options.push_back(option("lost", "", "", "", false));
  all.commands[1].options.push_back(option("plot", "", "FILE", "demo", false));
  return all;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(help_texts)

BOOST_AUTO_TEST_CASE(short_help_has_the_common_options_by_group) {
  const auto all = many_options();
  const auto text = *help_of(all, all.commands[0], "");
  BOOST_TEST(has(text, "usage: sluice get [OPTIONS] URL...\n"));
  BOOST_TEST(has(text, "\nWhere responses go (output)\n  -o, --output FILE          What output does\n"), text);
  BOOST_TEST(has(text, "  -k, --insecure             What insecure does\n"), text);
  BOOST_TEST(!has(text, "--create-dirs"));
  BOOST_TEST(!has(text, "(limits)")); // none of its options is common
  BOOST_TEST(has(text, "lists all 24"), text);
  BOOST_TEST(has(*help_of(all, all.commands[1], ""), "--plot FILE")); // a command with few options has them all
}

BOOST_AUTO_TEST_CASE(a_group_and_all_are_complete) {
  const auto all = many_options();
  const auto group = *help_of(all, all.commands[0], "output");
  BOOST_TEST(has(group, "      --create-dirs          What create-dirs does\n"), group);
  BOOST_TEST(!has(group, "--insecure"));
  const auto every = *help_of(all, all.commands[0], "all");
  for (const auto& each : all.commands[0].options)
    BOOST_TEST(has(every, "--" + each.long_names[0]));
  BOOST_TEST(has(every, "\nOther\n      --lost"), every);
  BOOST_TEST(has(*help_of(all, "all"), "--plot"));
}

BOOST_AUTO_TEST_CASE(an_unknown_topic_is_an_error_that_names_the_known_ones) {
  const auto all = many_options();
  const auto group = help_of(all, all.commands[0], "outptu");
  BOOST_REQUIRE(!group);
  BOOST_TEST(group.error().detail
             == "--help: there is no group of options 'outptu'; did you mean 'output'? (there are all, output, limits "
                "and tls)");
  BOOST_REQUIRE(!help_of(all, "gte"));
  BOOST_TEST(has(help_of(all, "gte").error().detail, "did you mean 'get'?"));
  BOOST_TEST(has(*help_of(all, "get"), "usage: sluice get"));
}

BOOST_AUTO_TEST_CASE(no_line_is_longer_than_80_columns) {
  auto all = many_options();
  for (auto& each : all.commands[0].options)
    each.help += " and more words than fit into what is left of one line of a terminal, and then some more of them";
  std::istringstream lines{*help_of(all, "all")};
  for (std::string line; std::getline(lines, line);)
    BOOST_TEST(line.size() <= 80u, line);
}

BOOST_AUTO_TEST_CASE(help_is_found_where_it_is_an_option) {
  const option_table table{
      {{{"help"}, "h", false, false}, {{"output"}, "o", true, false}, {{"silent"}, "s", false, false}}};
  const auto found = [&](const std::vector<std::string>& words) { return find_help(words, table).value_or("(none)"); };
  BOOST_TEST(found({}) == "(none)");
  BOOST_TEST(found({"--help"}) == "");
  BOOST_TEST(found({"-h", "tls"}) == "tls");
  BOOST_TEST(found({"--help=tls"}) == "tls");
  BOOST_TEST(found({"-s", "-o", "file", "--help"}) == "");
  BOOST_TEST(found({"--help", "http://127.0.0.1/"}) == ""); // no topic
  BOOST_TEST(found({"--help", "-s"}) == "");
  BOOST_TEST(found({"-sh", "all"}) == "all");
  BOOST_TEST(found({"-o", "--help"}) == "(none)"); // the value of an option
  BOOST_TEST(found({"-oh"}) == "(none)");
  BOOST_TEST(found({"--", "--help"}) == "(none)");
}

BOOST_AUTO_TEST_CASE(texts_are_broken_at_blanks) {
  const std::vector<std::string> lines{"one two", "three", "fourfivesix", "se"};
  BOOST_TEST(wrapped(" one two  three fourfivesix se", 8) == lines, boost::test_tools::per_element());
  BOOST_TEST(wrapped("", 8).empty());
}

BOOST_AUTO_TEST_SUITE_END()
