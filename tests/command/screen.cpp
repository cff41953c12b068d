// What is drawn on a terminal: within its width, in one place, and a last line that sums up.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include "../../deploy/command/display.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace command_test;

namespace {

std::size_t widest(const std::string& written) {
  std::size_t n = 0;
  for (const auto& line : lines_drawn(written))
    n = std::max(n, sluice::command::columns_of(line));
  return n;
}

std::ptrdiff_t newlines(const std::string& written) { return std::count(written.begin(), written.end(), '\n'); }

std::size_t draws(const std::string& written, const std::string& mark) {
  std::size_t n = 0;
  for (auto at = written.find(mark); at != std::string::npos; at = written.find(mark, at + 1))
    ++n;
  return n;
}

} // namespace

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(progress_keeps_to_one_line_of_the_terminals_width_as_it_is_now) {
  for (const unsigned short columns : {std::uint16_t{80}, std::uint16_t{40}, std::uint16_t{20}}) {
    peer p;
    folder f;
    setting how;
    how.terminal = terminal_size{columns, 24};
    child c{{"get", "-o", f.file("body"), p.url()}, how};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, 'x'));
    BOOST_TEST(c.read_until([](const outcome& so_far) { return draws(so_far.err, " 50%") >= 3; }));
    const auto before = c.so_far().err;
    BOOST_TEST(widest(before) < columns);
    BOOST_TEST(newlines(before) == 0);
    if (columns == 80)
      BOOST_TEST(before.find("488.3 KiB of 976.6 KiB") != std::string::npos, before);

    // What was drawn for the old width may still be on its way: the two draws after the resize are let pass.
    c.resize({static_cast<unsigned short>(columns / 2), 24});
    const auto at = draws(before, "\r");
    BOOST_TEST(c.read_until([&](const outcome& so_far) { return draws(so_far.err, "\r") >= at + 8; }));
    const auto all = c.so_far().err;
    const auto last = all.rfind("\x1b[J", all.rfind("\x1b[J") - 1);
    BOOST_TEST(widest(all.substr(last)) < columns / 2u);

    p.send(std::string(500'000, 'x'));
    const auto got = c.wait();
    BOOST_TEST(got.status == 0);
    BOOST_TEST(newlines(got.err) == 1);
    BOOST_TEST(lines_drawn(got.err).back().starts_with("sluice: 976.6 KiB in "), got.err);
  }
}

BOOST_AUTO_TEST_CASE(without_a_terminal_there_is_the_last_line_alone) {
  origin o;
  folder f;
  const auto got = run({"get", "-o", f.file("body"), o.url("/bytes/1m")});
  BOOST_TEST(got.err.starts_with("sluice: 1.0 MiB in "));
  BOOST_TEST(got.err.find("on average") != std::string::npos);
  BOOST_TEST(newlines(got.err) == 1);
  BOOST_TEST(got.err.find_first_of("\r\x1b") == std::string::npos);
  BOOST_TEST(run({"get", "-s", "-o", f.file("body"), o.url("/bytes/1m")}).err == "");
  BOOST_TEST(run({"get", o.url("/bytes/1m")}).err == "");
  const auto load = run({"load", o.url("/bytes/1"), "--stalled", "1", "--hold", "1"});
  BOOST_TEST(load.err == "");
  BOOST_TEST(load.out.find("outstanding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_is_coloured) { // so NO_COLOR is obeyed, whether it is set or not
  origin o;
  folder f;
  setting how;
  how.terminal = terminal_size{};
  how.output_to_terminal = true;
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"get", "-v", "-o", f.file("body"), o.url("/bytes/1m")},
        {"get", "-f", o.url("/status/404")},
        {"get", "--no-such-option"},
        {"get", "--help"}}) {
    const auto got = child{line, how}.wait();
    const auto written = got.out + got.err;
    BOOST_TEST(!written.empty());
    for (auto at = written.find("\x1b["); at != std::string::npos; at = written.find("\x1b[", at + 1))
      BOOST_TEST(written[std::min(written.find_first_not_of("0123456789;", at + 2), written.size() - 1)] != 'm');
  }
}

BOOST_AUTO_TEST_CASE(load_draws_within_the_terminals_width) {
  for (const unsigned short columns : {std::uint16_t{80}, std::uint16_t{40}}) {
    peer p;
    setting how;
    how.terminal = terminal_size{columns, 24};
    child c{{"load", p.url(), "--requests", "2", "--concurrency", "1"}, how};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    p.read_head();
    BOOST_TEST(c.read_until([](const outcome& so_far) { return draws(so_far.err, " 50%") >= 3; }));
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const auto got = c.wait();
    BOOST_TEST(got.status == 0);
    BOOST_TEST(widest(got.err) < columns);
    BOOST_TEST(newlines(got.err) == 0);
    BOOST_TEST(got.out.starts_with("2 of 2 requests in "), got.out);
  }
}

BOOST_AUTO_TEST_CASE(demo_draws_its_readers_in_place_within_the_terminals_width_as_it_is_now) {
  folder f;
  setting how;
  how.terminal = terminal_size{80, 24};
  how.output_to_terminal = true;
  child c{{"demo", "--bytes", "4194304", "--plot", f.file("plot.svg")}, how};
  const auto drawn = [](const outcome& so_far) { return draws(so_far.err, "\x1b[1A"); };
  BOOST_TEST(c.read_until([&](const outcome& so_far) { return drawn(so_far) >= 3; }));
  BOOST_TEST(widest(c.so_far().err) <= 80);
  BOOST_TEST(c.so_far().err.find("HTTP/1.1 without bound") != std::string::npos);

  // What was drawn for the old width may still be on its way: the two draws after the resize are let pass.
  c.resize({40, 24});
  const auto at = drawn(c.so_far());
  BOOST_TEST(c.read_until([&](const outcome& so_far) { return drawn(so_far) >= at + 4; }));
  const auto all = c.so_far().err;
  const auto last = all.rfind("\x1b[1A", all.rfind("\x1b[1A") - 1);
  BOOST_TEST(widest(all.substr(last)) < 40);
  c.signal(SIGINT);
  BOOST_TEST(c.wait().status == 130);
}

BOOST_AUTO_TEST_CASE(verbose_lines_begin_on_a_line_of_their_own) {
  peer p;
  setting how;
  how.terminal = terminal_size{};
  how.output_to_terminal = true;
  child c{{"get", "-v", p.url()}, how};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  BOOST_TEST(c.read_until([](const outcome& so_far) { return so_far.err.find("abc") != std::string::npos; }));
  p.send("0\r\n\r\n");
  const auto got = c.wait();
  BOOST_TEST(got.status == 0);
  // The head comes before the body, and the next line after it is not glued to it.
  BOOST_TEST(got.err.find("< Transfer-Encoding: chunked\r\n") < got.err.find("abc"));
  BOOST_TEST(got.err.find("abc\r\n* complete") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_SUITE_END()
