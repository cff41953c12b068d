// The process's edges: descriptors that are closed, few, or lead nowhere.
#include "child.hpp"
#include "origin.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(edges)

BOOST_AUTO_TEST_CASE(closed_standard_descriptors_give_their_numbers_to_nothing_else) {
  origin o;
  folder f;
  const auto wanted = run({"get", "-s", o.url("/bytes/300k")});
  BOOST_TEST_REQUIRE(wanted.status == 0);
  for (const std::vector<int>& closed : {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
    setting how;
    how.closed = closed;
    const auto path = f.file("body");
    BOOST_TEST(run({"get", "-s", "-v", "-o", path, o.url("/bytes/300k")}, how).status == 0);
    BOOST_TEST((content_of(path) == wanted.out));
  }
}

BOOST_AUTO_TEST_CASE(a_body_for_a_standard_output_that_is_closed_is_an_error) {
  origin o;
  setting how;
  how.closed = {1};
  const auto got = run({"get", o.url("/bytes/300k")}, how);
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.err.find("sluice: writing to standard output failed: Bad file descriptor") == 0u);
  how.closed = {0, 2};
  BOOST_TEST(run({"get", o.url("/bytes/300k")}, how).out.size() == 300u << 10);
}

BOOST_AUTO_TEST_CASE(a_standard_input_that_is_closed_is_an_error_and_no_empty_body) {
  origin o;
  setting how;
  how.closed = {0};
  for (const auto* option : {"-T", "-d", "--json"}) {
    const auto got = run({"get", option, option[1] == 'T' ? "-" : "@-", o.url("/upload")}, how);
    BOOST_TEST(got.status != 0);
    BOOST_TEST(got.err.find("standard input") != std::string::npos, got.err);
    BOOST_TEST(got.err.find("Bad file descriptor") != std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(figures_of_w_that_cannot_be_written_are_an_error) {
  origin o;
  folder f;
  setting how;
  how.closed = {1};
  const auto got = run({"get", "-s", "-o", f.file("body"), "-w", "%{http_code}", o.url("/bytes/10")}, how);
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.err.find("-w") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_is_an_error_and_no_signal) {
  origin o;
  setting how;
  how.nobody_reads = true;
  const auto got = run({"get", o.url("/bytes/300k")}, how);
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.err.find("Broken pipe") != std::string::npos);
  BOOST_TEST(run({"load", o.url("/bytes/1"), "--requests", "1"}, how).status == 9);
}

BOOST_AUTO_TEST_CASE(a_page_whose_reader_has_gone_ends_silently) {
  setting how;
  how.nobody_reads = true;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"get", "--help", "all"},
                                                {"--help"},
                                                {"--generate", "man"},
                                                {"--version"},
                                                {"get", "-V"}}) {
    const auto got = run(words, how);
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.err == "");
  }
  setting closed;
  closed.closed = {1};
  BOOST_TEST(run({"--version"}, closed).status == 9); // nowhere to write is still an error
}

BOOST_AUTO_TEST_CASE(few_descriptors_end_in_a_sentence_and_an_exit_code) {
  origin o;
  bool refused = false, worked = false;
  for (const std::uint64_t n : {4u, 5u, 6u, 7u, 8u, 9u, 10u, 12u, 16u, 24u}) {
    setting how;
    how.open_files = n;
    const std::vector<std::vector<std::string>> commands{{"get", "-s", o.url("/bytes/1k")},
                                                         {"get", "-s", "-k", o.tls_url("/bytes/1k")},
                                                         {"get", "-s", "-k", "--http3-only", o.tls_url("/bytes/1k")},
                                                         {"get", "-s", "-v", "-d", "x", o.url("/echo")},
                                                         {"load", o.url("/bytes/1k"), "--requests", "3"}};
    for (const auto& command : commands) {
      const auto got = run(command, how);
      if (got.status == 127) // not even its libraries could be loaded
        continue;
      BOOST_TEST((got.status == 0 || (got.status >= 2 && got.status <= 9)),
                 n << " descriptors: " << got.status << " " << got.err);
      if (got.status != 0)
        BOOST_TEST(got.err.find("sluice: ") != std::string::npos, n << " descriptors: " << got.err);
      refused = refused || got.err.find("ulimit -n") != std::string::npos;
      worked = worked || got.status == 0;
    }
  }
  BOOST_TEST(refused);
  BOOST_TEST(worked);
}

BOOST_AUTO_TEST_CASE(a_thousand_requests_wait_for_the_few_descriptors_that_there_are) {
  origin o;
  setting how;
  how.open_files = 64;
  const auto got = run(
      {"load", o.url("/bytes/1k"), "--requests", "1000", "--concurrency", "1000", "--connections", "1000", "--stats=-"},
      how);
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(figure(got.out, "failed") == "0");
  BOOST_TEST(figure(got.out, "requests") == "1000");
}

BOOST_AUTO_TEST_CASE(binary_is_not_written_to_a_terminal_unless_asked_for) {
  origin o;
  setting how;
  how.terminal = terminal_size{};
  how.output_to_terminal = true;
  const auto refused = run({"get", o.url("/bytes/4k")}, how);
  BOOST_TEST(refused.status == 9);
  BOOST_TEST(refused.err.find("-o -") != std::string::npos);
  BOOST_TEST(refused.err.size() < 400u);
  const auto forced = run({"get", "-o", "-", o.url("/bytes/4k")}, how);
  BOOST_TEST(forced.status == 0);
  BOOST_TEST(forced.err.size() >= 4096u);
  BOOST_TEST(run({"get", o.url("/stats")}, how).status == 0); // text is written
}

BOOST_AUTO_TEST_SUITE_END()
