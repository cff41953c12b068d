// What the command says so that its user knows what to do next.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(hints)

BOOST_AUTO_TEST_CASE(a_file_that_is_missing_is_named_with_its_option) {
  struct row {
    std::vector<std::string> options;
    std::string words;
    int status;
  };
  folder f;
  const auto missing = f.file("missing"), nowhere = f.file("no/where");
  const row rows[] = {
      {{"--cacert", missing}, "--cacert: '" + missing + "' cannot be read: No such file or directory", 2},
      {{"--cert", missing, "--key", missing}, "--cert: '" + missing + "' cannot be read: No such file or directory", 2},
      {{"--key", missing}, "--key: '" + missing + "' cannot be read: No such file or directory", 2},
      {{"--alt-svc", nowhere}, "--alt-svc: '" + nowhere + "' cannot be kept: No such file or directory", 2},
      {{"-d", "@" + missing}, "-d: '" + missing + "' cannot be read: No such file or directory", 2},
      {{"--json", "@" + missing}, "--json: '" + missing + "' cannot be read: No such file or directory", 2},
      {{"--stats=" + nowhere}, "--stats: '" + nowhere + "' cannot be written: No such file or directory", 9},
      {{"-o", nowhere}, "writing to '" + nowhere + "' failed: No such file or directory", 9},
      {{"-o", f.file(".")}, "writing to '" + f.file(".") + "' failed: Is a directory", 9},
  };
  for (const auto& entry : rows) {
    auto arguments = entry.options;
    arguments.insert(arguments.begin(), "get");
    arguments.push_back("https://127.0.0.1:1/"); // nobody is there, which is not what is told
    const auto got = run(arguments);
    BOOST_TEST(got.err == "sluice: " + entry.words + "\n");
    BOOST_TEST(got.status == entry.status);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_that_is_not_followed_says_where_it_leads) {
  for (const auto& [location, told] :
       {std::pair<std::string, std::string>{"https://example.org/elsewhere", "https://example.org/elsewhere"},
        {"/a//b@c", "/a//b@c"},
        {"https://user:secret@example.org/x@y", "https://example.org/x@y"},
        {"", "nowhere: it has no Location"}}) {
    peer p;
    child c{{"get", p.url()}};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    p.send("HTTP/1.1 302 Found\r\n" + (location.empty() ? "" : "Location: " + location + "\r\n")
           + "Content-Length: 3\r\n\r\nabc");
    const auto got = c.wait();
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.out == "abc");
    BOOST_TEST(got.err == "sluice: 302 is a redirect, which is not followed without -L: it leads to " + told + "\n");
  }
  origin o;
  BOOST_TEST(run({"get", o.url("/status/304")}).err == "");
  BOOST_TEST(run({"get", "-s", o.url("/redirect?to=/x&n=1")}).err == "");
}

BOOST_AUTO_TEST_CASE(the_wrong_scheme_for_a_port_says_which_one_to_use) {
  peer p;
  child c{{"get", p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send({"\x15\x03\x01\x00\x02\x02\x46", 7}); // the alert of a TLS server (OpenSSL) that got a request
  const auto plain = c.wait();
  BOOST_TEST(plain.status == 6);
  BOOST_TEST(plain.err.find("this port speaks TLS, use https://") != std::string::npos, plain.err);
  origin o;
  const auto secure = run({"get", "-k", o.url("/bytes/1").replace(0, 5, "https:")});
  BOOST_TEST(secure.status == 5);
  BOOST_TEST(secure.err.find("use http://") != std::string::npos, secure.err);
}

BOOST_AUTO_TEST_CASE(a_head_whose_lines_end_in_a_bare_lf_is_read_as_curl_reads_it) {
  peer p;
  child c{{"get", p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send("HTTP/1.1 200 OK\nContent-Length: 3\n\nabc");
  const auto got = c.wait();
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.out == "abc");
}

BOOST_AUTO_TEST_CASE(an_origin_that_takes_no_upload_is_given_up_after_upload_silence) {
  folder f;
  write_file(f.file("large"), std::string(32u << 20, 'u'));
  peer p;
  child c{{"get", "--upload-silence", "0.2", "-d", "@" + f.file("large"), p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  const auto got = c.wait();
  BOOST_TEST(got.status == 7);
  BOOST_TEST(got.err.find("(--upload-silence)") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(a_deadline_names_its_option) {
  for (const auto& [option, status] : {std::pair<std::string, int>{"--max-time", 8}, {"--peer-silence", 7}}) {
    peer p;
    child c{{"get", option, "0.2", p.url()}};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    const auto got = c.wait();
    BOOST_TEST(got.status == status);
    BOOST_TEST(got.err.find(option) != std::string::npos, got.err);
    BOOST_TEST(got.err.find("'total'") == std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(a_head_that_cannot_be_taken_gives_no_advice_that_no_option_follows) {
  std::string many;
  for (int i = 0; i < 300; ++i)
    many += "X: y\r\n";
  for (const auto& [fields, told] :
       {std::pair<std::string, std::string>{"X-A: a\x01"
                                            "b\r\n",
                                            "(X-A) has a control character in its value"},
        {"X-A: " + std::string(100'000, 'a') + "\r\n", "line 2 of the head is longer than 65536 bytes"},
        {many, "the head has more than 256 field lines"}}) {
    peer p;
    child c{{"get", p.url()}};
    BOOST_TEST_REQUIRE(p.accept());
    p.read_head();
    p.send("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
    const auto got = c.wait();
    BOOST_TEST(got.status == 6);
    BOOST_TEST(got.err.find(told) != std::string::npos, got.err);
    for (const auto* advice : {"raise the limit", "(limit", "bare_lf"})
      BOOST_TEST(got.err.find(advice) == std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
