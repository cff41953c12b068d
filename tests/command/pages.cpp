// What the command writes about itself: help, the manual's data, and what is wrong with the first word.
#include "../../deploy/command/exit_code.hpp"
#include "../../deploy/command/first_word.hpp"
#include "../../deploy/command/manual.hpp"
#include "../../deploy/command/roff.hpp"
#include "child.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace command_test;
using namespace sluice::command;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string first_word_problem(const std::vector<std::string>& words) {
  const option_table options{{{{"help"}, "h", false, false}, {{"version"}, "V", false, false}}};
  return check_first_word(words, options, {"get", "load", "origin", "demo"}).detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(help_needs_neither_a_url_nor_a_configuration_that_can_be_read) {
  folder f;
  write_file(f.file(".sluicerc"), "no-such-option\n");
  ::setenv("SLUICE_HOME", f.file("").c_str(), 1);
  const auto got = run({"get", "--help"});
  ::unsetenv("SLUICE_HOME");
  BOOST_TEST(got.status == 0);
  BOOST_TEST(has(got.out, "-o, --output FILE"), got.out);
  BOOST_TEST(got.err == "");
}

BOOST_AUTO_TEST_CASE(help_has_topics) {
  BOOST_TEST(has(run({"--help"}).out, "usage: sluice COMMAND"));
  BOOST_TEST(has(run({"--help", "get"}).out, "usage: sluice get"));
  BOOST_TEST(has(run({"--help", "all"}).out, "--tls-port PORT"));
  BOOST_TEST(has(run({"get", "--help", "all"}).out, "--stall-after BYTES"));
  BOOST_TEST(!has(run({"get", "--help"}).out, "--stall-after"));
  const auto tls = run({"load", "-h", "tls"});
  BOOST_TEST(has(tls.out, "-k, --insecure"), tls.out);
  BOOST_TEST(!has(tls.out, "--requests"));
  const auto unknown = run({"get", "--help", "tsl"});
  BOOST_TEST(unknown.status == 2);
  BOOST_TEST(has(unknown.err, "did you mean 'tls'?"), unknown.err);
}

BOOST_AUTO_TEST_CASE(each_option_is_in_a_group) {
  const auto listing = run({"--generate", "options"});
  BOOST_TEST(listing.status == 0);
  BOOST_TEST(has(listing.out, "get\t-o,--output\tFILE\toutput\n"), listing.out);
  for (const auto* command : {"get", "load", "origin", "demo"})
    BOOST_TEST(!has(run({command, "--help", "all"}).out, "\nOther\n"), command);
}

BOOST_AUTO_TEST_CASE(the_version_is_told) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--version"}, {"-V"}, {"get", "--version"}})
    BOOST_TEST(run(words).out.starts_with("sluice "));
}

BOOST_AUTO_TEST_CASE(what_is_generated_is_one_of_a_few_pages) {
  for (const auto* page : {"man", "bash", "zsh", "fish", "options", "curl"})
    BOOST_TEST(run({"--generate", page}).status == 0, page);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--generate"}, {"--generate", "csh"}}) {
    const auto got = run(words);
    BOOST_TEST(got.status == 2);
    BOOST_TEST(has(got.err, "man bash zsh fish options curl"), got.err);
  }
}

BOOST_AUTO_TEST_CASE(help_may_be_the_first_word) {
  BOOST_TEST(run({"help"}).out == run({"--help"}).out);
  BOOST_TEST(run({"help", "get"}).out == run({"get", "--help"}).out);
  BOOST_TEST(run({"help", "get", "all"}).out == run({"get", "--help", "all"}).out);
  BOOST_TEST(run({"help", "nothing"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_first_word_that_is_no_command_suggests_the_nearest) {
  const std::string end = " ('sluice --help' lists the commands)";
  BOOST_TEST(first_word_problem({"get"}) == "");
  BOOST_TEST(first_word_problem({"-h"}) == "");
  BOOST_TEST(first_word_problem({"--version"}) == "");
  BOOST_TEST(first_word_problem({}) == "no command was given" + end);
  BOOST_TEST(first_word_problem({"gte"}) == "there is no command 'gte'; did you mean 'get'?" + end);
  BOOST_TEST(first_word_problem({"lode"}) == "there is no command 'lode'; did you mean 'load'?" + end);
  BOOST_TEST(first_word_problem({"--hlep"})
             == "unknown option '--hlep' in front of the command; did you mean '--help'?" + end);
  BOOST_TEST(first_word_problem({"-u", "me:hidden"}) == "unknown option '-u' in front of the command" + end);
  BOOST_TEST(first_word_problem({"http://me:hidden@host/"})
             == "the first word must be a command; to fetch a URL, write 'sluice get URL'" + end);
  BOOST_TEST(run({"gte", "http://127.0.0.1:1/"}).status == 2);
}

BOOST_AUTO_TEST_CASE(a_description_for_shells_ends_where_a_clause_does) {
  manual_option option;
  for (const auto& [help, brief] :
       {std::pair<std::string, std::string>{"A; b; c", "A"},
        {"As -F, where @, <, ; and quotes mean nothing", ""},
        {"NAME=@FILE (with ;type= and ;filename=); more", "NAME=@FILE (with ;type= and ;filename=)"},
        {"One (a; b); two", "One (a; b)"},
        {"The end;", ""},
        {"", ""}}) {
    option.help = help;
    BOOST_TEST(brief_of(option) == (brief.empty() ? help : brief));
  }
  BOOST_TEST(
      has(run({"--generate", "fish"}).out, "-l form-string -x -d 'As -F NAME=CONTENT, where @, <, ; and quotes"));
}

BOOST_AUTO_TEST_CASE(each_subcommand_suggests_the_nearest_option) {
  const std::vector<std::vector<std::string>> rows{
      {"get", "--isecure"}, {"load", "--isecure"}, {"origin", "--prot", "1"}, {"demo", "--polt", "x"}};
  const char* meant[] = {"--insecure", "--insecure", "--port", "--plot"};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto words = rows[i];
    if (i < 2)
      words.emplace_back("http://127.0.0.1:1/");
    const auto got = run(words);
    BOOST_TEST(got.status == 2);
    BOOST_TEST(has(got.err, std::string{"did you mean '"} + meant[i] + "'?"), got.err);
  }
}

BOOST_AUTO_TEST_CASE(exit_codes_are_those_of_the_document) {
  const auto document = content_of(SLUICE_SOURCE_DIR "/docs/COMMAND.md");
  const auto table = document.substr(document.find("## Exit codes"));
  for (const auto code : exit_codes()) {
    BOOST_TEST(has(table, "\n| " + std::to_string(code) + " | "), code);
    BOOST_TEST(std::string{meaning_of(code)} != "");
  }
  BOOST_TEST(std::is_sorted(exit_codes().begin(), exit_codes().end()));
  BOOST_TEST(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')) > exit_codes().size());
}

BOOST_AUTO_TEST_CASE(roff_keeps_what_a_shell_reads) {
  BOOST_TEST(roff_text("-o '~/a\\b'") == "\\-o \\(aq\\(ti/a\\eb\\(aq");
  roff_page page{"x", "2026-01-01", "x 1"};
  page.section("NAME");
  page.paragraph(".sluicerc is no request");
  page.example("  .a\n-b");
  BOOST_TEST(page.text()
             == ".TH X 1 2026-01-01 \"x 1\"\n.SH NAME\n\\&.sluicerc is no request\n.PP\n.EX\n  .a\n\\-b\n.EE\n");
}

BOOST_AUTO_TEST_SUITE_END()
