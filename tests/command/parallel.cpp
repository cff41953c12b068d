// Several transfers at the same time (-Z), and what is shown of them.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(parallel)

BOOST_DATA_TEST_CASE(many_small_files_arrive_whole,
                     boost::unit_test::data::make({"--http1.1", "--http2", "--http3-only"}), version) {
  origin o;
  folder f;
  const auto got =
      run({"get", "-Zsk", version, "-w", "%{http_code}\\n", "-o", f.file("#1"), o.tls_url("/file/[1000-1199]")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.out.size() == 200 * 4u);
  for (int i = 1000; i < 1200; ++i)
    BOOST_TEST(content_of(f.file(std::to_string(i))).size() == static_cast<std::size_t>(i));
}

BOOST_AUTO_TEST_CASE(no_more_are_under_way_than_there_are_descriptors_for) {
  origin o;
  folder f;
  setting few;
  few.open_files = 64;
  const auto got =
      run({"get", "-Zs", "--http1.1", "--parallel-max", "100", "-o", f.file("#1"), o.url("/file/[1000-1299]")}, few);
  BOOST_TEST(got.status == 0, got.err);
  for (int i = 1000; i < 1300; ++i)
    BOOST_TEST(content_of(f.file(std::to_string(i))).size() == static_cast<std::size_t>(i));
}

BOOST_AUTO_TEST_CASE(no_more_are_under_way_than_allowed) {
  peer p;
  child c{{"get", "-sZ", "--parallel-max", "1", "--http1.1", p.url("/[1-3]")}};
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST_REQUIRE(p.accept());
    BOOST_TEST(p.read_head().starts_with("GET /" + std::to_string(i) + " "));
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n" + std::to_string(i));
    p.close();
  }
  const auto got = c.wait();
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.out == "123");
}

BOOST_AUTO_TEST_CASE(a_failure_does_not_stop_the_others) {
  origin o;
  folder f;
  const auto got = run({"get", "-Z", "-o", f.file("#1"), o.url("/file/1000?seed={1,2,3}"), "-o", f.file("cut"),
                        o.url("/file/1000?cut=10"), "-o", f.file("last"), o.url("/file/7")});
  BOOST_TEST(got.status == 7);
  for (const std::string name : {"1", "2", "3"})
    BOOST_TEST(content_of(f.file(name)).size() == 1000u);
  BOOST_TEST(content_of(f.file("last")).size() == 7u);
  BOOST_TEST(content_of(f.file("cut")) == "");
  BOOST_TEST(got.err.find("sluice: '" + f.file("cut") + "': ") != std::string::npos, got.err);
  BOOST_TEST(got.err.find("sluice: 4 of 5 transfers done") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_all_of_them) {
  origin o;
  folder f;
  child c{{"get", "-Z", "-v", "-o", f.file("#1"), o.url("/file/1g?rate=1m&seed=[1-4]")}};
  const auto heads = [](const outcome& so_far) {
    std::size_t n = 0;
    for (auto at = so_far.err.find("< HTTP/1.1 200"); at != std::string::npos;
         at = so_far.err.find("< HTTP/1.1 200", at + 1))
      ++n;
    return n;
  };
  BOOST_TEST(c.read_until([&](const outcome& so_far) { return heads(so_far) == 4; }));
  c.signal(SIGINT);
  BOOST_TEST(c.wait().status == 130);
}

BOOST_AUTO_TEST_CASE(each_has_a_line_and_there_is_a_total) {
  origin o;
  folder f;
  setting how;
  how.terminal = terminal_size{80, 4};
  child c{{"get", "-Z", "-o", f.file("#1"), o.url("/file/1g?rate=1m&seed=[1-9]")}, how};
  BOOST_TEST(c.read_until([](const outcome& so_far) { return so_far.err.find("6 not shown") != std::string::npos; }));
  const auto lines = lines_drawn(c.so_far().err);
  BOOST_TEST(
      std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("total: 0 of 9 done"); }));
  BOOST_TEST(std::all_of(lines.begin(), lines.end(), [](const auto& line) { return line.size() < 80; }));
  c.signal(SIGINT);
  BOOST_TEST(c.wait().status == 130);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_the_limit_is_named) {
  origin o;
  folder f;
  setting how;
  how.terminal = terminal_size{100, 24};
  for (const auto& [option, words] : {std::pair<std::string, std::string>{"--limit-rate", "limited by --limit-rate"},
                                      {"--read-rate", "limited by the reader"}}) {
    child c{{"get", option, "100k", "-o", f.file("a"), o.url("/file/1g")}, how};
    BOOST_TEST(c.read_until([&](const outcome& so_far) { return so_far.err.find(words) != std::string::npos; }));
    c.signal(SIGINT);
    BOOST_TEST(c.wait().status == 130);
  }
}

BOOST_AUTO_TEST_CASE(the_total_has_a_share_once_all_sizes_are_known) {
  origin o;
  folder f;
  setting how;
  how.terminal = terminal_size{100, 24};
  child c{{"get", "-Z", "-o", f.file("#1"), o.url("/file/1g?rate=1m&seed=[1-2]")}, how};
  BOOST_TEST(c.read_until([](const outcome& so_far) { return so_far.err.find(" of 2.0 GiB") != std::string::npos; }));
  c.signal(SIGINT);
  BOOST_TEST(c.wait().status == 130);
}

BOOST_AUTO_TEST_SUITE_END()
