// What the command says that it did, beside what it did.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(the_peak_of_memory_is_not_the_parents) {
  origin o;
  constexpr std::size_t much = 256u << 20;
  std::vector<char> held(much, 'x'); // a child begins with as much in ru_maxrss
  const auto got = run({"get", "-s", "--stats", "-o", "/dev/null", o.url("/bytes/1k")});
  BOOST_TEST_REQUIRE(got.status == 0);
  const auto peak = std::stoull(figure(got.err, "rss_peak_bytes"));
  BOOST_TEST(peak > 1u << 20);
  BOOST_TEST(peak < much);
  BOOST_TEST(held[much / 2] == 'x');
}

BOOST_AUTO_TEST_CASE(after_an_error_the_size_told_is_the_files) {
  origin o;
  folder f;
  const auto path = f.file("body"), part = path + ".sluice-part";
  write_file(path, "before");
  setting how;
  how.file_bytes = 1'000'003; // in the middle of a write
  const auto got = run({"get", "--stats=-", "-o", path, o.url("/bytes/4m")}, how);
  BOOST_TEST(got.status == 9);
  BOOST_TEST(content_of(part).size() == 1'000'003u);
  BOOST_TEST(content_of(path) == "before");
  BOOST_TEST(got.err.find("'" + part + "' has 1000003 bytes, and '" + path + "' is as it was\n") != std::string::npos,
             got.err);
  BOOST_TEST(figure(got.out, "consumed_bytes") == "1000003");
  BOOST_TEST(figure(got.out, "complete") == "false");
}

BOOST_AUTO_TEST_CASE(after_an_interrupt_the_size_told_is_the_files) {
  peer p;
  folder f;
  const auto path = f.file("body"), part = path + ".sluice-part";
  child c{{"get", "-i", "--stats", "-o", path, p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
  p.send(head + std::string(300'000, 'x'));
  BOOST_TEST(eventually([&] { return content_of(part).size() == head.size() + 300'000; }));
  c.signal(SIGINT);
  c.signal(SIGTERM); // as a wrapper that hands the same key stroke on
  const auto got = c.wait();
  BOOST_TEST(got.status == 130);
  BOOST_TEST(content_of(part).size() == head.size() + 300'000);
  BOOST_TEST(content_of(path) == "");
  BOOST_TEST(
      got.err.find("sluice: interrupted; '" + part + "' has " + std::to_string(head.size() + 300'000) + " bytes\n")
          == 0u,
      got.err);
  BOOST_TEST(figure(got.err, "consumed_bytes") == "300000");
  BOOST_TEST(figure(got.err, "complete") == "false");
}

BOOST_AUTO_TEST_CASE(an_interrupt_before_the_response_ends_the_command) {
  peer p;
  child c{{"get", p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  c.signal(SIGTERM);
  BOOST_TEST(c.wait().status == 130);
}

BOOST_AUTO_TEST_CASE(an_upload_from_a_pipe_without_an_end_does_not_hold_up_the_end_of_the_command) {
  peer p;
  folder f;
  const auto path = f.file("pipe");
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0); // nobody ever opens its other end
  child c{{"get", "-T", path, p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_CASE(a_body_that_only_the_connections_end_delimits_is_not_called_complete) {
  struct row {
    std::string response, complete;
    int status;
    bool noted;
  };
  const row rows[] = {{"HTTP/1.1 200 OK\r\n\r\nabc", "\"unknown\"", 0, true},
                      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "true", 0, false},
                      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", "false", 7, false}};
  for (const auto& entry : rows) {
    peer p;
    child c{{"get", "-v", "--stats", p.url()}};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    p.send(entry.response);
    p.close();
    const auto got = c.wait();
    BOOST_TEST(got.status == entry.status);
    BOOST_TEST(figure(got.err, "complete") == entry.complete);
    BOOST_TEST((got.err.find("nothing proves that it is complete") != std::string::npos) == entry.noted, got.err);
  }
}

BOOST_AUTO_TEST_CASE(load_counts_no_failure_as_speed) {
  origin o;
  const auto cut = run({"load", o.url("/fault/cut?bytes=1000&after=10"), "--requests", "20", "--stats=-"});
  BOOST_TEST(cut.status == 7);
  BOOST_TEST(figure(cut.out, "requests") == "20");
  BOOST_TEST(figure(cut.out, "failed") == "20");
  BOOST_TEST(std::stod(figure(cut.out, "requests_per_second")) == 0);
  BOOST_TEST(figure(cut.out, "latency_seconds") == "null");
  const auto told = run({"load", o.url("/fault/cut?bytes=1000&after=10"), "--requests", "20"});
  BOOST_TEST(told.out.starts_with("20 of 20 requests in "), told.out);
  BOOST_TEST(told.out.find(", 20 failed; none succeeded, so there are no latencies\n") != std::string::npos, told.out);
  const auto missing = run({"load", o.url("/status/404"), "--requests", "20", "--stats"});
  BOOST_TEST(missing.status == 0);
  BOOST_TEST(figure(missing.err, "4xx") == "20");
  BOOST_TEST(missing.out.find("20 of 20 responses were not of a status from 200 to 299") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(load_does_not_count_what_the_stalled_hold_as_read) {
  origin o;
  const auto got = run({"load", o.url("/bytes/100k"), "--requests", "2", "--stalled", "3", "--no-drain", "--stats=-"});
  BOOST_TEST_REQUIRE(got.status == 0);
  const auto bytes = std::stod(figure(got.out, "bytes_per_second")) * std::stod(figure(got.out, "seconds"));
  BOOST_TEST(std::abs(bytes - 2 * 102400) < 100);
}

BOOST_AUTO_TEST_CASE(the_file_for_the_figures_is_known_before_the_transfer) {
  origin o;
  const auto got = run({"get", "--stats=/nowhere/at/all", o.url("/bytes/1k")});
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.out == "");
  BOOST_TEST(got.err == "sluice: --stats: '/nowhere/at/all' cannot be written: No such file or directory\n");
}

BOOST_AUTO_TEST_SUITE_END()
