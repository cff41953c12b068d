// Every run of `sluice load` ends, whatever the origin does.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(load_ends)

BOOST_AUTO_TEST_CASE(an_origin_that_accepts_no_connection_is_given_up_with_the_first_of_many_requests) {
  peer p{0}; // the kernel takes one or two connections, then drops what comes
  const auto got = run({"load", p.url(), "--requests", "100000", "--concurrency", "16", "--connect-timeout", "0.2",
                        "--peer-silence", "0.2", "--stats=-"});
  BOOST_TEST((got.status == 8 || got.status == 4 || got.status == 7), got.status << got.err);
  BOOST_TEST(got.err.find("gave up after") != std::string::npos, got.err);
  BOOST_TEST(std::stoull(figure(got.out, "requests")) < 1000u);
}

BOOST_AUTO_TEST_CASE(an_origin_that_never_answers_is_given_up) {
  peer p{1000};
  const auto got =
      run({"load", p.url(), "--requests", "100000", "--concurrency", "8", "--peer-silence", "0.2", "--stats=-"});
  BOOST_TEST(got.status == 7);
  BOOST_TEST(std::stoull(figure(got.out, "requests")) >= 8u);
  BOOST_TEST(std::stoull(figure(got.out, "requests")) < 1000u);
}

BOOST_AUTO_TEST_CASE(max_time_ends_the_run_with_the_figures_so_far) {
  origin o;
  for (const auto* stalled : {"0", "2"}) {
    const auto got =
        run({"load", o.url("/firehose"), "--requests", "4", "--stalled", stalled, "--max-time", "3", "--stats=-"});
    BOOST_TEST(got.status == 8);
    BOOST_TEST(got.err.find("sluice: --max-time") != std::string::npos, got.err);
    BOOST_TEST(std::stod(figure(got.out, "bytes_per_second")) > 0);
    BOOST_TEST(figure(got.out, "requests") == "0");
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_the_run_with_the_figures_so_far) {
  peer p;
  child c{{"load", p.url(), "--requests", "1000", "--concurrency", "1", "--stats"}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  p.read_head();
  c.signal(SIGINT);
  const auto got = c.wait();
  BOOST_TEST(got.status == 130);
  BOOST_TEST(figure(got.err, "requests") == "1");
  BOOST_TEST(got.out.find("1 of 1000 requests") == 0u, got.out);
}

BOOST_AUTO_TEST_SUITE_END()
