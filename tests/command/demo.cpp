// `sluice demo` as a whole: what it prints, its plot and its exit codes.
#include "child.hpp"

#include "../../deploy/command/display.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(demo)

BOOST_AUTO_TEST_CASE(compares_each_protocol_and_the_rates_of_siblings_within_80_columns) {
  folder f;
  const auto got = run({"demo", "--bytes", "1048576", "--plot", f.file("plot.svg")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.err == "");
  for (const auto& line : lines_drawn(got.out))
    if (!line.starts_with("plot over time: ")) // whose name is as long as it is
      BOOST_TEST(sluice::command::columns_of(line) <= 80u, line);
  for (const char* words : {"\nHTTP/1.1 ", "\nHTTP/2 ", "\nHTTP/3 ", "without bound", "alone", "held for each"})
    BOOST_TEST(got.out.find(words) != std::string::npos, got.out);
  BOOST_TEST(got.out.find("faster") == std::string::npos, got.out);
  const auto plot = content_of(f.file("plot.svg"));
  BOOST_TEST(plot.starts_with("<svg "));
  BOOST_TEST(plot.ends_with("</svg>\n"));
  for (const char* protocol : {">HTTP/1.1<", ">HTTP/2<", ">HTTP/3<"})
    BOOST_TEST(plot.find(protocol) != std::string::npos, protocol);
}

BOOST_AUTO_TEST_CASE(a_plot_that_cannot_be_written_is_told_before_anything_runs) {
  folder f;
  const auto got = run({"demo", "--plot", f.file("none/plot.svg")});
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.out == "");
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_it_with_130) {
  folder f;
  child c{{"demo", "--bytes", "1048576", "--plot", f.file("plot.svg")}};
  BOOST_TEST(
      c.read_until([](const outcome& so_far) { return so_far.out.find("without bound\n") != std::string::npos; }));
  c.signal(SIGINT);
  const auto got = c.wait();
  BOOST_TEST(got.status == 130);
  BOOST_TEST(got.err.find("interrupted") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_SUITE_END()
