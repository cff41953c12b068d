// What the command says of options that it cannot use: one form for all, with the option, the value and what to write.
#include "child.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace command_test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// One line, and none of the parser's own words.
void is_an_error_of_ours(const outcome& got) {
  BOOST_TEST(got.status == 2, got.err);
  BOOST_TEST(got.out == "");
  BOOST_TEST(got.err.starts_with("sluice: "), got.err);
  BOOST_TEST(std::count(got.err.begin(), got.err.end(), '\n') == 1, got.err);
  for (const auto* word : {"Run with", "UINT", "Could not convert", "required", "excludes"})
    BOOST_TEST(!has(got.err, word), got.err);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_values)

BOOST_AUTO_TEST_CASE(a_bad_value_is_told_with_its_option_and_an_example) {
  const std::tuple<const char*, const char*, std::vector<const char*>> rows[] = {
      {"get", "--max-time", {"soon", "-1", "", "inf"}},
      {"get", "--connect-timeout", {"1e10"}},
      {"get", "--peer-silence", {"x"}},
      {"get", "--upload-silence", {"x"}},
      {"get", "--stall-for", {"x"}},
      {"get", "--retry-delay", {"x"}},
      {"get", "--retry-max-time", {"x"}},
      {"get", "--retry", {"x", "1001", "-1", "", "1.5", "0x10", "99999999999999999999"}},
      {"get", "--max-redirs", {"-2", "1001"}},
      {"get", "--parallel-max", {"0", "65536"}},
      {"get", "--window", {"64q", "2k", "2G", ""}},
      {"get", "--read-size", {"0"}},
      {"get", "--read-rate", {"fast"}},
      {"get", "--stall-after", {"-1"}},
      {"get", "--limit-rate", {"1X", ""}},
      {"get", "--max-filesize", {"big"}},
      {"get", "-r", {"all"}},
      {"get", "-C", {"x", ""}},
      {"get", "--proto-redir", {"=http"}},
      {"get", "--interface", {"if!", ""}},
      {"get", "--local-port", {"0"}},
      {"get", "--resolve", {"name.test:80"}},
      {"get", "--connect-to", {"a:80:b"}},
      {"get", "--dns-servers", {"name.test"}},
      {"get", "--unix-socket", {""}},
      {"load", "--requests", {"x", "-1"}},
      {"load", "--concurrency", {"0"}},
      {"load", "--connections", {"x"}},
      {"load", "--stalled", {"-1"}},
      {"load", "--hold", {"x"}},
      {"origin", "--port", {"99999", "x"}},
      {"origin", "--tls-port", {"-1"}},
      {"origin", "--threads", {"0"}},
      {"origin", "--streams", {"x"}},
      {"demo", "--bytes", {"1", "x"}}};
  for (const auto& [command, option, values] : rows)
    for (const std::string value : values) {
      std::vector<std::string> arguments{command, option, value};
      if (arguments[0] == "get" || arguments[0] == "load")
        arguments.emplace_back("http://127.0.0.1:1/");
      const auto got = run(arguments);
      is_an_error_of_ours(got);
      BOOST_TEST(got.err.starts_with("sluice: " + std::string{option} + ": '" + value + "' "), got.err);
      BOOST_TEST(has(got.err, "; write "), got.err);
    }
}

BOOST_AUTO_TEST_CASE(a_number_with_leading_zeros_is_decimal) {
  BOOST_TEST(has(run({"load", "--requests", "1", "--concurrency", "08", "http://127.0.0.1:1/"}).err, "refused"));
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_told_with_what_it_is_called) {
  const std::pair<std::vector<std::string>, const char*> rows[] = {
      {{"get", "-o"}, "-o: a value is missing; write -o FILE"},
      {{"get", "-fsu"}, "-u: a value is missing; write -u USER:PASSWORD"},
      {{"get", "--max-time"}, "--max-time: a value is missing; write --max-time SECONDS"},
      {{"get", "-K"}, "-K: a value is missing; write -K FILE"},
      {{"load", "--requests"}, "--requests: a value is missing; write --requests N"},
      {{"origin", "--port"}, "--port: a value is missing; write --port PORT"},
      {{"demo", "--plot"}, "--plot: a value is missing; write --plot FILE"}};
  for (const auto& [arguments, words] : rows) {
    const auto got = run(arguments);
    is_an_error_of_ours(got);
    BOOST_TEST(got.err == std::string{"sluice: "} + words + "\n");
  }
}

BOOST_AUTO_TEST_CASE(options_that_do_not_go_together_and_words_too_many_are_told_in_the_same_form) {
  const std::pair<std::vector<std::string>, const char*> rows[] = {
      {{"get", "-4", "-6", "http://127.0.0.1:1/"}, "cannot be given together"},
      {{"get", "--http2", "--http3", "http://127.0.0.1:1/"}, "cannot be given together"},
      {{"origin", "--no-http3", "--http3-retry"}, "cannot be given together"},
      {{"get", "--stall-after", "9", "http://127.0.0.1:1/"}, "--stall-after needs --stall-for"},
      {{"get", "--insecure=1", "http://127.0.0.1:1/"}, "--insecure: a value is given, but none is taken"},
      {{"load", "--insecure=1", "http://127.0.0.1:1/"}, "--insecure: a value is given, but none is taken"},
      {{"--version=1"}, "--version: a value is given, but none is taken"},
      {{"load", "--requests", "1"}, "no URL was given"},
      {{"load", "http://127.0.0.1:1/", "http://me:hidden@127.0.0.1/"}, "more arguments than are understood"},
      {{"load", "--reqests", "1"}, "did you mean '--requests'? ('sluice load --help all' lists the options)"},
      {{"get", "--no-location"}, "leave '--location' out"}};
  for (const auto& [arguments, words] : rows) {
    const auto got = run(arguments);
    is_an_error_of_ours(got);
    BOOST_TEST(has(got.err, words), got.err);
    BOOST_TEST(!has(got.err, "hidden"));
  }
}

BOOST_AUTO_TEST_CASE(an_option_of_curl_alone_is_called_that) {
  const auto got = run({"get", "--digest", "http://127.0.0.1:1/"});
  is_an_error_of_ours(got);
  BOOST_TEST(got.err == "sluice: '--digest' is an option of curl that sluice does not have: planned\n");
  const auto letter = run({"get", "-sx", "http://me:hidden@127.0.0.1/", "http://127.0.0.1:1/"});
  is_an_error_of_ours(letter);
  BOOST_TEST(has(letter.err, "'-x' (--proxy) is an option of curl that sluice does not have"), letter.err);
  BOOST_TEST(!has(letter.err, "hidden"));
}

BOOST_AUTO_TEST_CASE(of_several_values_the_last_counts_for_each_subcommand) {
  const auto got = run({"load", "--requests", "5", "--requests", "2", "http://127.0.0.1:1/"});
  BOOST_TEST(got.status == 4, got.err); // nobody is there
}

BOOST_AUTO_TEST_SUITE_END()
