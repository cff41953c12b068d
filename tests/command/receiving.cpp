// Where responses go and which are wanted: files and their names, heads, conditions, limits, and what is said of it.
#include "child.hpp"
#include "exchanged.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

using namespace command_test;

namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }
/// Of a query's value.
std::string encoded(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == ' '    ? "%20"
              : c == '"'  ? "%22"
              : c == ';'  ? "%3B"
              : c == '\'' ? "%27"
              : c == '%'  ? "%25"
                          : std::string(1, c);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(receiving)

BOOST_AUTO_TEST_CASE(several_urls_go_to_their_files_in_order) {
  origin o;
  folder f;
  const auto got = run({"get", "-s", "--output-dir", f.file(""), "-O", "-o", "second", o.url("/file/10"),
                        o.url("/file/20?seed=2"), o.url("/file/30?seed=3")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(content_of(f.file("10")).size() == 10u);
  BOOST_TEST(content_of(f.file("second")).size() == 20u);
  BOOST_TEST(got.out.size() == 30u);
}

BOOST_AUTO_TEST_CASE(globs_are_fetched_and_named) {
  origin o;
  folder f;
  const auto got = run({"get", "-o", f.file("#1-#2"), o.url("/file/[8-10]?seed={5,6}")});
  BOOST_TEST(got.status == 0, got.err);
  for (const std::string name : {"8-5", "8-6", "9-5", "9-6", "10-5", "10-6"})
    BOOST_TEST(content_of(f.file(name)).size() == std::stoul(name), name);
  BOOST_TEST(got.err.find("sluice: 6 of 6 transfers done, 54 B in ") != std::string::npos, got.err);
  BOOST_TEST(run({"get", "-g", o.url("/file/[8-10]")}).status == 0); // a 404 of the origin
  const auto bad = run({"get", o.url("/file/[8-")});
  BOOST_TEST(bad.status == 3);
  BOOST_TEST(bad.err.find("'[' is not closed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_glob_that_leaves_no_name_for_a_file_is_told) {
  origin o;
  folder f;
  const auto got = run({"get", "-s", "--output-dir", f.file(""), "-o", "#1", o.url("/bytes/1?seed={,2}")});
  BOOST_TEST(got.status == 9);
  BOOST_TEST(got.out == "");
  BOOST_TEST(got.err.find("-o names no file here") != std::string::npos, got.err);
  BOOST_TEST(content_of(f.file("2")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(content_disposition_names_the_file_and_no_other_folder) {
  origin o;
  folder f;
  const auto url = o.url("/file/10?disposition=" + encoded("attachment; filename=\"../../x.bin\""));
  BOOST_TEST(run({"get", "-s", "-OJ", "--output-dir", f.file(""), url}).status == 0);
  BOOST_TEST(content_of(f.file("x.bin")).size() == 10u);
  const auto again = run({"get", "-s", "-OJ", "--output-dir", f.file(""), url});
  BOOST_TEST(again.status == 9);
  BOOST_TEST(again.err.find("--clobber") != std::string::npos, again.err);
  BOOST_TEST(run({"get", "-s", "-OJ", "--clobber", "--output-dir", f.file(""), url}).status == 0);
  BOOST_TEST(run({"get", "-s", "-OJ", "--no-clobber", "--output-dir", f.file(""), url}).status == 0);
  BOOST_TEST(content_of(f.file("x.bin.1")).size() == 10u);
}

BOOST_AUTO_TEST_CASE(folders_are_made_and_files_kept_on_request) {
  origin o;
  folder f;
  BOOST_TEST(run({"get", "-s", "-o", f.file("a/b"), o.url("/file/10")}).status == 9);
  BOOST_TEST(run({"get", "-s", "--create-dirs", "-o", f.file("a/b"), o.url("/file/10")}).status == 0);
  BOOST_TEST(run({"get", "-s", "--no-clobber", "-o", f.file("a/b"), o.url("/file/20")}).status == 0);
  BOOST_TEST(content_of(f.file("a/b")).size() == 10u);
  BOOST_TEST(content_of(f.file("a/b.1")).size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_failed_transfer_leaves_the_old_file_and_says_what_it_kept) {
  origin o;
  folder f;
  const auto path = f.file("a");
  write_file(path, "old");
  const auto got = run({"get", "-s", "-o", path, o.url("/file/1000?cut=100")});
  BOOST_TEST(got.status == 7);
  BOOST_TEST(content_of(path) == "old");
  BOOST_TEST(content_of(path + ".sluice-part").size() == 100u);
  BOOST_TEST(got.err.find("'" + path + ".sluice-part' has 100 bytes, and '" + path + "' is as it was")
                 != std::string::npos,
             got.err);
  BOOST_TEST(run({"get", "-s", "-f", "-o", path, o.url("/status/404")}).status == 22);
  BOOST_TEST(content_of(path) == "old");
}

BOOST_AUTO_TEST_CASE(a_pipe_is_written_when_somebody_reads_it) {
  origin o;
  folder f;
  const auto path = f.file("pipe");
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  child c{{"get", "-s", "-v", "-o", path, o.url("/file/100000")}};
  BOOST_TEST(
      c.read_until([](const outcome& so_far) { return so_far.err.find("< HTTP/1.1 200") != std::string::npos; }));
  BOOST_TEST(content_of(path).size() == 100'000u);
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_CASE(heads_are_written_where_they_are_asked_for) {
  origin o;
  folder f;
  const auto head = run({"get", "-I", o.url("/file/10")});
  BOOST_TEST(head.status == 0);
  BOOST_TEST(head.out.starts_with("HTTP/1.1 200"));
  BOOST_TEST(head.out.ends_with("\r\n\r\n"));
  BOOST_TEST(head.out.find("Content-Length: 10\r\n") != std::string::npos);
  BOOST_TEST(exchanged({"-I"}).head.starts_with("HEAD "));
  const auto path = f.file("heads");
  BOOST_TEST(run({"get", "-s", "-D", path, o.url("/file/10"), o.url("/status/204")}).out.size() == 10u);
  const auto heads = content_of(path);
  BOOST_TEST(heads.starts_with("HTTP/1.1 200"));
  BOOST_TEST(heads.find("\r\n\r\nHTTP/1.1 204") != std::string::npos, heads);
}

BOOST_AUTO_TEST_CASE(the_time_of_a_file_is_the_origins_on_request) {
  origin o;
  folder f;
  const auto url = o.url("/file/10?modified=" + encoded("Sun, 06 Nov 1994 08:49:37 GMT"));
  BOOST_TEST(run({"get", "-s", "-R", "-o", f.file("a"), url}).status == 0);
  struct stat info{};
  BOOST_TEST_REQUIRE(::stat(f.file("a").c_str(), &info) == 0);
  BOOST_TEST(info.st_mtime == 784111777);
}

BOOST_AUTO_TEST_CASE(what_was_not_modified_is_not_fetched) {
  origin o;
  folder f;
  const auto url = o.url("/file/10?modified=" + encoded("Sun, 06 Nov 1994 08:49:37 GMT"));
  const auto path = f.file("a");
  write_file(path, "old");
  for (const std::string when : {"6 Nov 1994 08:49:37", "2020-01-01"}) {
    const auto got = run({"get", "-z", when, "-o", path, url});
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.err.find("not modified") != std::string::npos, got.err);
    BOOST_TEST(content_of(path) == "old");
  }
  BOOST_TEST(run({"get", "-s", "-z", path, "-o", path, url}).status == 0); // by the file's own time
  BOOST_TEST(content_of(path) == "old");
  BOOST_TEST(run({"get", "-s", "-z", "1990-01-01", "-o", path, url}).status == 0);
  BOOST_TEST(content_of(path).size() == 10u);
  const auto missing = run({"get", "-z", f.file("none"), url});
  BOOST_TEST(missing.status == 0);
  BOOST_TEST(missing.out.size() == 10u);
  BOOST_TEST(missing.err.find("neither a date nor a file") != std::string::npos);
  BOOST_TEST(value_of(exchanged({"-z", "1990-01-01"}).head, "If-Modified-Since") == "Mon, 01 Jan 1990 00:00:00 GMT");
  BOOST_TEST(value_of(exchanged({"-z", "-1990-01-01"}).head, "If-Unmodified-Since") == "Mon, 01 Jan 1990 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_is_given_up) {
  origin o;
  folder f;
  for (const std::string route : {"/file/2k", "/chunked/2k"}) {
    const auto got = run({"get", "-s", "--max-filesize", "1k", "-o", f.file("a"), o.url(route)});
    BOOST_TEST(got.status == 63);
    BOOST_TEST(got.err.find("--max-filesize") != std::string::npos);
    BOOST_TEST(!exists(f.file("a")));
  }
  BOOST_TEST(run({"get", "-s", "--max-filesize", "2k", o.url("/file/2k")}).status == 0);
  BOOST_TEST(run({"get", "--max-filesize", "2x", o.url("/file/2k")}).status == 2);
}

BOOST_AUTO_TEST_CASE(rates_are_kept_in_both_directions) {
  origin o;
  folder f;
  write_file(f.file("body"), std::string(30'000, 'x'));
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{o.url("/file/30000")}, {"--data-binary", "@" + f.file("body"), o.url("/upload")}}) {
    std::vector<std::string> arguments{"get", "-s", "--limit-rate", "60000", "-o", f.file("out")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(run(arguments).status == 0);
    BOOST_TEST((std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds{400}));
  }
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_is_written_after_each_transfer) {
  origin o;
  folder f;
  const auto got = run({"get", "-s", "-w", "%{http_code} %{size_download} %{urlnum}\\n", "-o", f.file("a"),
                        o.url("/file/10"), "-o", f.file("b"), o.url("/status/404")});
  BOOST_TEST(got.out == "200 10 0\n404 11 1\n");
  BOOST_TEST(run({"get", "-s", "-o", "/dev/null", "-w", "%{urlnum} ", o.url("/bytes/{1,2}"), "-o", "/dev/null",
                  o.url("/bytes/3")})
                 .out
             == "0 0 1 ");
  write_file(f.file("format"), "%{method} %{remote_ip} %{num_connects} %{exitcode}\n");
  BOOST_TEST(run({"get", "-s", "-o", "/dev/null", "-w", "@" + f.file("format"), o.url("/file/1")}).out
             == "GET 127.0.0.1 1 0\n");
  const auto secret = run({"get", "-s", "-o", "/dev/null", "-w", "%{url} %{json}", "http://u:secret@127.0.0.1:1/"});
  BOOST_TEST(secret.out.find("http://127.0.0.1:1/") == 0u);
  BOOST_TEST(secret.out.find("secret") == std::string::npos);
  const auto unknown = run({"get", "-s", "-w", "[%{nothing}%{http_code}]", o.url("/status/200")});
  BOOST_TEST(unknown.status == 0);
  BOOST_TEST(unknown.out == "status 200\n[200]");
  BOOST_TEST(unknown.err.find("sluice: -w: there is no variable 'nothing'") == 0u, unknown.err);
  const auto times = run({"get", "-s", "-L", "-o", "/dev/null", "-w", "%{json}", o.url("/redirect?to=/bytes/1")}).out;
  const auto seconds = [&](const char* name) { return std::stod(figure(times, name)); };
  BOOST_TEST(seconds("time_namelookup") > 0);
  BOOST_TEST(seconds("time_namelookup") <= seconds("time_connect"));
  BOOST_TEST(seconds("time_redirect") > 0);
  BOOST_TEST(seconds("time_redirect") <= seconds("time_pretransfer"));
}

BOOST_AUTO_TEST_CASE(a_failing_status_can_have_its_body) {
  origin o;
  const auto got = run({"get", "-s", "--fail-with-body", o.url("/status/404")});
  BOOST_TEST(got.status == 22);
  BOOST_TEST(got.out == "status 404\n");
  BOOST_TEST(got.err.find("the origin answered 404") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_failure_of_several_counts_unless_the_first_is_the_end) {
  origin o;
  const std::vector<std::string> urls{o.url("/status/404"), "http://127.0.0.1:1/", o.url("/file/5")};
  std::vector<std::string> arguments{"get", "-s", "-f"};
  arguments.insert(arguments.end(), urls.begin(), urls.end());
  const auto got = run(arguments);
  BOOST_TEST(got.status == 4);
  BOOST_TEST(got.out.size() == 5u);
  BOOST_TEST(got.err.find("sluice: " + urls[0] + ": the origin answered 404") != std::string::npos, got.err);
  arguments.insert(arguments.begin() + 1, "--fail-early");
  const auto early = run(arguments);
  BOOST_TEST(early.status == 22);
  BOOST_TEST(early.out == "");
}

BOOST_AUTO_TEST_CASE(figures_of_several_transfers_are_listed) {
  origin o;
  const auto got =
      run({"get", "-s", "--stats", "-o", "/dev/null", o.url("/file/10"), "-o", "/dev/null", o.url("/file/20")});
  BOOST_TEST(figure(got.err, "count") == "2");
  BOOST_TEST(figure(got.err, "failed") == "0");
  BOOST_TEST(got.err.find("\"consumed_bytes\":30") != std::string::npos, got.err);
  BOOST_TEST(got.err.find("\"consumed_bytes\":20") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(the_whole_transfer_has_a_limit_whatever_it_waits_for) {
  origin o;
  const auto slow = run({"get", "-s", "-m", "1", "--read-rate", "10", o.url("/bytes/500")}); // all of it has arrived
  BOOST_TEST(slow.status == 8);
  BOOST_TEST(slow.err.find("--max-time") != std::string::npos, slow.err);
  BOOST_TEST(slow.out.size() < 500u);
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_nowhere_yet_keeps_leading_there) {
  origin o;
  folder f;
  BOOST_TEST_REQUIRE(::symlink("target", f.file("link").c_str()) == 0);
  BOOST_TEST(run({"get", "-s", "-o", f.file("link"), o.url("/bytes/1000")}).status == 0);
  BOOST_TEST(content_of(f.file("target")).size() == 1000u);
  BOOST_TEST_REQUIRE(::symlink("second", f.file("first").c_str()) == 0);
  const auto cut = run({"get", "-s", "-o", f.file("first"), o.url("/fault/cut?bytes=100000&after=500")});
  BOOST_TEST(cut.status == 7);
  BOOST_TEST(content_of(f.file("second")) == ""); // not there
  BOOST_TEST(content_of(f.file("second.sluice-part")).size() == 500u);
  BOOST_TEST_REQUIRE(::symlink("loop", f.file("loop").c_str()) == 0);
  BOOST_TEST(run({"get", "-s", "-o", f.file("loop"), o.url("/bytes/1000")}).status == 9);
}

BOOST_AUTO_TEST_SUITE_END()
