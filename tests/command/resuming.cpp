// Parts of bodies over real connections: -r, and -C with what an earlier transfer has kept.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

using namespace command_test;

namespace {

/// What `sluice get` writes for the whole of it.
std::string whole_of(origin& o, const std::string& bytes) { return run({"get", "-s", o.url("/file/" + bytes)}).out; }
bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// A folder with what a transfer of /file/100000 has kept that was cut after 30,000 bytes.
struct cut_transfer {
  origin o;
  folder f;
  std::string path = f.file("a"), part = path + ".sluice-part";
  outcome got = run({"get", "-s", "-o", path, o.url("/file/100000?cut=30000")});
  /// The file system keeps ETags.
  bool resumable() const { return got.err.find("-C - goes on from there") != std::string::npos; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(resuming)

BOOST_DATA_TEST_CASE(a_range_is_fetched_and_no_other,
                     boost::unit_test::data::make({"--http1.1", "--http2", "--http3-only"}), version) {
  origin o;
  const auto whole = whole_of(o, "1000");
  const auto get = [&](const std::string& range, const std::string& query = "") {
    return run({"get", "-s", "-k", version, "-r", range, o.tls_url("/file/1000" + query)});
  };
  BOOST_TEST((get("0-99").out == whole.substr(0, 100)));
  BOOST_TEST((get("900-").out == whole.substr(900)));
  BOOST_TEST((get("-50").out == whole.substr(950)));
  BOOST_TEST(get("0-99", "?wrong_by=1").status == 33);
  const auto ignored = get("0-99", "?no_ranges=1");
  BOOST_TEST(ignored.status == 33);
  BOOST_TEST(ignored.out == "");
  BOOST_TEST(ignored.err.find("does not serve this range") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_lost_connection_has_left_is_gone_on_with) {
  cut_transfer cut;
  BOOST_TEST(cut.got.status == 7);
  BOOST_TEST(content_of(cut.part).size() == 30'000u);
  if (!cut.resumable())
    return;
  const auto got =
      run({"get", "-s", "-w", "%{http_code} %{size_download}", "-C", "-", "-o", cut.path, cut.o.url("/file/100000")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.out == "206 70000");
  BOOST_TEST((content_of(cut.path) == whole_of(cut.o, "100000")));
  BOOST_TEST(!exists(cut.part));
}

BOOST_AUTO_TEST_CASE(another_version_is_never_put_behind_the_old_one) {
  cut_transfer cut;
  if (!cut.resumable())
    return;
  const auto kept = content_of(cut.part);
  for (const std::string query : {"?etag=2", "?etag=1&weak=1", "?etag=", "?no_ranges=1", "?wrong_by=1"}) {
    const auto got = run({"get", "-s", "-C", "-", "-o", cut.path, cut.o.url("/file/100000" + query)});
    BOOST_TEST(got.status == 33, query << got.err);
    BOOST_TEST(got.err.find("-C - goes on") == std::string::npos, got.err);
    BOOST_TEST(got.err.find("without -C all of it is fetched anew") != std::string::npos, got.err);
    BOOST_TEST((content_of(cut.part) == kept));
  }
  BOOST_TEST(run({"get", "-s", "-C", "-", "-o", cut.path, cut.o.url("/status/404")}).status == 22);
  BOOST_TEST((content_of(cut.part) == kept));
  BOOST_TEST(!exists(cut.path));
}

BOOST_AUTO_TEST_CASE(a_file_of_an_unknown_version_is_refused_unless_the_offset_is_given) {
  origin o;
  folder f;
  const auto path = f.file("a"), whole = whole_of(o, "1000");
  write_file(path, whole.substr(0, 400));
  const auto refused = run({"get", "-s", "-C", "-", "-o", path, o.url("/file/1000")});
  BOOST_TEST(refused.status == 33);
  BOOST_TEST(refused.err.find("-C 400 goes on without that check") != std::string::npos, refused.err);
  BOOST_TEST(content_of(path).size() == 400u);
  BOOST_TEST(run({"get", "-s", "-C", "300", "-o", path, o.url("/file/1000")}).status == 9);
  BOOST_TEST(run({"get", "-s", "-C", "400", "-o", path, o.url("/file/1000")}).status == 0);
  BOOST_TEST((content_of(path) == whole));
  BOOST_TEST((run({"get", "-s", "-C", "400", o.url("/file/1000")}).out == whole.substr(400)));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_complete_stays_as_it_is) {
  origin o;
  folder f;
  const auto path = f.file("a"), whole = whole_of(o, "1000");
  write_file(path, whole);
  const auto got = run({"get", "-C", "-", "-o", path, o.url("/file/1000")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.err.find("was complete already") != std::string::npos, got.err);
  BOOST_TEST((content_of(path) == whole));
  BOOST_TEST(run({"get", "-s", "-C", "-", "-o", path, o.url("/file/900")}).status == 33);
}

BOOST_AUTO_TEST_CASE(with_nothing_there_all_of_it_is_fetched) {
  origin o;
  folder f;
  BOOST_TEST(run({"get", "-s", "-C", "-", "-o", f.file("a"), o.url("/file/1000")}).status == 0);
  BOOST_TEST((content_of(f.file("a")) == whole_of(o, "1000")));
  BOOST_TEST(run({"get", "-s", "-C", "-", "-o", f.file("b"), "http://127.0.0.1:1/"}).status == 4);
  BOOST_TEST(!exists(f.file("b")));
}

BOOST_AUTO_TEST_CASE(a_connection_lost_in_the_middle_is_made_up_for_by_the_rest) {
  origin o;
  folder f;
  const auto got = run({"get", "--retry", "2", "--retry-delay", "0.01", "-C", "-", "-w", "%{num_retries} %{http_code}",
                        "-o", f.file("a"), o.url("/file/100000?cut=30000&id=once")});
  BOOST_TEST(got.status == 0, got.err);
  BOOST_TEST(got.out == "1 206");
  BOOST_TEST(got.err.find("; it is sent again in 0.01 s (retry 1 of 2)\n") != std::string::npos, got.err);
  BOOST_TEST((content_of(f.file("a")) == whole_of(o, "100000")));
}

BOOST_AUTO_TEST_CASE(retry_bounds_what_the_client_and_the_command_ask_for_again_together) {
  const std::string busy = "HTTP/1.1 503 S\r\nContent-Length: 0\r\n\r\n",
                    part = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 10\r\n\r\n01234";
  for (const auto& answers : {std::vector<std::string>{busy, part, busy}, {part, busy, busy}}) {
    peer origin;
    folder f;
    child getting{{"get", "-s", "--retry", "2", "--retry-delay", "0.01", "--max-time", "50", "-C", "-", "-w",
                   "%{num_retries}", "-o", f.file("a"), origin.url()}};
    for (const auto& answer : answers) {
      BOOST_TEST_REQUIRE(origin.accept());
      origin.read_head();
      origin.send(answer);
      origin.close();
    }
    const auto got = getting.wait(); // nothing answers a fourth request
    BOOST_TEST(got.status == 22, got.err);
    BOOST_TEST(got.out == "2");
  }
}

BOOST_AUTO_TEST_CASE(options_that_exclude_each_other_are_named) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-r", "0-1"}, {"-i"}, {"--compressed"}, {"-J"}, {"--no-clobber"}}) {
    std::vector<std::string> arguments{"get", "-C", "-", "http://127.0.0.1:1/"};
    arguments.insert(arguments.begin() + 1, options.begin(), options.end());
    const auto got = run(arguments);
    BOOST_TEST(got.status == 2);
    BOOST_TEST(got.err.find(options.front() + " cannot be given together") != std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(what_ends_before_the_whole_body_does_is_never_taken_for_it) {
  const std::string kept(500, 'a'), rest = "HTTP/1.1 206 P\r\nETag: \"1\"\r\nContent-Range: bytes 500-",
                                    ten = "Content-Length: 10";
  for (const auto& [answer, status] :
       std::vector<std::pair<std::string, int>>{{rest + "509/1000\r\n" + ten + "\r\n\r\n0123456789", 7},
                                                {rest + "999/1000\r\n" + ten + "\r\n\r\n0123456789", 7},
                                                {rest + "504/505\r\n" + ten + "\r\n\r\n0123456789", 6},
                                                {"HTTP/1.1 304 N\r\nETag: \"1\"\r\n\r\n", 22}}) {
    peer origin;
    folder f;
    const auto path = f.file("a");
    child first{{"get", "-s", "-o", path, origin.url()}};
    BOOST_TEST_REQUIRE(origin.accept());
    origin.read_head();
    origin.send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 1000\r\n\r\n" + kept);
    origin.close();
    const auto cut = first.wait();
    BOOST_TEST(cut.status == 7);
    if (cut.err.find("-C - goes on from there") == std::string::npos)
      return; // this file system keeps no ETags
    child second{{"get", "-s", "-C", "-", "-o", path, origin.url()}};
    BOOST_TEST_REQUIRE(origin.accept());
    origin.read_head();
    origin.send(answer);
    origin.close();
    const auto got = second.wait();
    BOOST_TEST(got.status == status, answer << got.err);
    BOOST_TEST(!exists(path));
    BOOST_TEST(content_of(path + ".sluice-part").substr(0, 500) == kept);
  }
}

BOOST_AUTO_TEST_CASE(a_new_file_has_its_name_only_when_it_is_complete_with_continue_too) {
  origin o;
  folder f;
  BOOST_TEST(run({"get", "-s", "-C", "-", "-o", f.file("a"), o.url("/file/100000?cut=30000")}).status == 7);
  BOOST_TEST(!exists(f.file("a")));
}

BOOST_AUTO_TEST_SUITE_END()
