// Configuration files, and what makes the command line short.
#include "child.hpp"
#include "exchanged.hpp"
#include "origin.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <utility>

using namespace command_test;

namespace {

/// $SLUICE_HOME for as long as this lives.
struct home {
  explicit home(const std::string& path) { ::setenv("SLUICE_HOME", path.c_str(), 1); }
  ~home() { ::unsetenv("SLUICE_HOME"); }
  home(const home&) = delete;
  home& operator=(const home&) = delete;
};

} // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(options_come_from_a_file_of_curls_syntax) {
  folder f;
  write_file(f.file("c"),
             "# mine\nheader = \"X-Mine: a \\\"b\\\"\"\n-d \"a=1\"\ndata-urlencode = \"b=c d\"\n\nsilent\n");
  const auto result = exchanged({"-K", f.file("c"), "-d", "e=2"}, 13);
  BOOST_TEST(result.body == "a=1&b=c+d&e=2");
  BOOST_TEST(value_of(result.head, "X-Mine") == "a \"b\"");
  setting how;
  how.input = "user = \"me:hidden\"\n";
  BOOST_TEST(value_of(exchanged({"-K-"}, 0, how).head, "Authorization") == "Basic bWU6aGlkZGVu");
}

BOOST_AUTO_TEST_CASE(a_url_may_come_from_a_file) {
  origin o;
  folder f;
  write_file(f.file("c"), "url = \"" + o.url("/status/200") + "\"\n");
  BOOST_TEST(run({"get", "-sK", f.file("c")}).out == "status 200\n");
  BOOST_TEST(run({"get", "-s", "--url", o.url("/status/200")}).out == "status 200\n");
}

BOOST_AUTO_TEST_CASE(an_error_in_a_file_is_told_with_its_line) {
  folder f;
  const auto path = f.file("c");
  const std::pair<std::string, std::string> rows[] = {
      {"silent\noutptu = x\n", "'" + path + "', line 2: unknown option '--outptu'; did you mean '--output'?"},
      {"user = \"me:hidden\n", "'" + path + "', line 1 has a '\"'"},
      {"\nmax-time = soon\n", "'" + path + "', line 2: --max-time: 'soon' is not a number of seconds"}};
  for (const auto& [text, told] : rows) {
    write_file(path, text);
    const auto got = run({"get", "-K", path, "http://127.0.0.1:1/"});
    BOOST_TEST(got.status == 2);
    BOOST_TEST(got.err.starts_with("sluice: " + told), got.err);
    BOOST_TEST(got.err.find("hidden") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(sluicerc_is_read_first_and_can_be_left_out) {
  folder f;
  write_file(f.file(".sluicerc"), "user-agent = mine\nheader = \"X-Rc: 1\"\n");
  const home h{f.file("")};
  const auto result = exchanged({"-H", "X-Other: 2"});
  BOOST_TEST(value_of(result.head, "User-Agent") == "mine");
  BOOST_TEST(value_of(result.head, "X-Rc") == "1");
  BOOST_TEST(value_of(exchanged({"-A", "other"}).head, "User-Agent") == "other"); // the last counts
  BOOST_TEST(value_of(exchanged({"-q"}).head, "X-Rc") == "(none)");
}

BOOST_AUTO_TEST_CASE(short_options_can_be_written_together) {
  const auto result = exchanged({"-fsSL", "-sSXPUT", "-iHX-Mine: 1"});
  BOOST_TEST(result.got.status == 0);
  BOOST_TEST(result.head.starts_with("PUT /path "));
  BOOST_TEST(value_of(result.head, "X-Mine") == "1");
  BOOST_TEST(result.got.out.starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(sizes_have_suffixes_where_bytes_are_meant) {
  BOOST_TEST(exchanged({"--window", "64k", "--read-size", "1M", "--read-rate", "1G"}).got.status == 0);
  const auto bad = run({"get", "--window", "64q", "http://127.0.0.1:1/"});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.err.find("--window: '64q' is not a number of bytes") != std::string::npos, bad.err);
  BOOST_TEST(run({"get", "--window", "2k", "http://127.0.0.1:1/"}).status == 2); // below its range
}

BOOST_AUTO_TEST_CASE(an_unknown_option_suggests_the_nearest_and_repeats_no_value) {
  const auto got = run({"get", "--max-tiem=hidden", "http://127.0.0.1:1/"});
  BOOST_TEST(got.status == 2);
  BOOST_TEST(got.err
             == "sluice: unknown option '--max-tiem'; did you mean '--max-time'? ('sluice get --help all' lists the "
                "options)\n");
  const auto load = run({"load", "--requets", "1", "http://127.0.0.1:1/"});
  BOOST_TEST(load.status == 2);
  BOOST_TEST(load.err.find("did you mean '--requests'?") != std::string::npos, load.err);
}

BOOST_AUTO_TEST_SUITE_END()
