// Credentials: where they come from, which request carries them, and that they are never shown.
#include "child.hpp"
#include "exchanged.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace command_test;

namespace {

// base64 of me:hidden, with which these requests authenticate
const std::string of_me = "Basic bWU6aGlkZGVu";

} // namespace

BOOST_AUTO_TEST_SUITE(authentication)

BOOST_AUTO_TEST_CASE(user_and_password_come_from_options_and_urls) {
  BOOST_TEST(value_of(exchanged({"-u", "me:hidden"}).head, "Authorization") == of_me);
  BOOST_TEST(value_of(exchanged({"-u", "me:"}).head, "Authorization") == "Basic bWU6");
  BOOST_TEST(value_of(exchanged({"--oauth2-bearer", "hidden"}).head, "Authorization") == "Bearer hidden");
  const auto from_url = exchanged_as("me:hidd%65n", {});
  BOOST_TEST(value_of(from_url.head, "Authorization") == of_me);
  BOOST_TEST(from_url.head.starts_with("GET /path HTTP/1.1\r\nHost: 127.0.0.1:"));
  BOOST_TEST(value_of(exchanged_as("other:word", {"-u", "me:hidden"}).head, "Authorization") == of_me);
  BOOST_TEST(value_of(exchanged({"-u", "me:hidden", "-H", "Authorization: mine"}).head, "Authorization") == "mine");
  BOOST_TEST(value_of(exchanged({"-u", "me:hidden", "-H", "Authorization:"}).head, "Authorization") == "(none)");
}

BOOST_AUTO_TEST_CASE(another_origin_gets_no_credentials) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-u", "me:hidden"}, {"--oauth2-bearer", "hidden"}}) {
    peer first, second;
    auto arguments = options;
    arguments.insert(arguments.begin(), {"get", "-sL"});
    arguments.push_back(first.url("/a"));
    child c{arguments};
    BOOST_TEST_REQUIRE(first.accept());
    BOOST_TEST(value_of(first.read_head(), "Authorization") != "(none)");
    first.send("HTTP/1.1 302 Found\r\nLocation: /b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST_REQUIRE(first.accept());
    BOOST_TEST(value_of(first.read_head(), "Authorization") != "(none)"); // the same origin
    first.send("HTTP/1.1 302 Found\r\nLocation: " + second.url("/c") + "\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST_REQUIRE(second.accept());
    const auto head = second.read_head();
    BOOST_TEST(head.starts_with("GET /c "));
    BOOST_TEST(value_of(head, "Authorization") == "(none)");
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST(c.wait().status == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_netrc_file_has_the_password_of_a_host) {
  folder f;
  write_file(f.file(".netrc"), "machine other login a password b\nmachine 127.0.0.1 login me password hidden\n");
  const auto file = f.file(".netrc");
  BOOST_TEST(value_of(exchanged({"--netrc-file", file}).head, "Authorization") == of_me);
  BOOST_TEST(value_of(exchanged_as("a:b", {"--netrc-file", file}).head, "Authorization") == of_me);
  BOOST_TEST(value_of(exchanged_as("a:b", {"--netrc-file", file, "--netrc-optional"}).head, "Authorization")
             == "Basic YTpi");
  BOOST_TEST(value_of(exchanged_as("me", {"--netrc-file", file, "--netrc-optional"}).head, "Authorization") == of_me);
  BOOST_TEST(value_of(exchanged({"--netrc-file", f.file("none"), "--netrc-optional"}).head, "Authorization")
             == "(none)");
  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  ::setenv("HOME", f.file("").c_str(), 1);
  BOOST_TEST(value_of(exchanged({"-n"}).head, "Authorization") == of_me);
  ::setenv("HOME", home.c_str(), 1);
}

BOOST_AUTO_TEST_CASE(after_a_redirect_the_netrc_file_counts_for_the_host_it_leads_to) {
  folder f;
  write_file(f.file("both"),
             "machine 127.0.0.1 login me password hidden\nmachine localhost login you password hidden\n");
  write_file(f.file("default"), "machine 127.0.0.1 login me password hidden\ndefault login you password hidden\n");
  // What cannot be sent, or is not meant, is passed over: only the first entry of a machine counts.
  write_file(f.file("odd"), "machine other login a:b password c\nmachine 127.0.0.1 login me password hidden\n"
                            "machine localhost\nmachine localhost login you password hidden\n");
  for (const auto& [options, expected] :
       {std::pair{std::vector<std::string>{"--netrc-file", f.file("both")}, "Basic eW91OmhpZGRlbg=="},
        std::pair{std::vector<std::string>{"--netrc-file", f.file("odd")}, "(none)"},
        std::pair{std::vector<std::string>{"--netrc-file", f.file("both"), "--location-trusted"}, of_me.c_str()},
        std::pair{std::vector<std::string>{"--netrc-file", f.file("both"), "-u", "me:hidden"}, "(none)"},
        std::pair{std::vector<std::string>{"--netrc-file", f.file("default")}, "(none)"}}) {
    peer first, second;
    std::vector<std::string> all{"get", "-L", "-4", first.url("/a")};
    all.insert(all.end(), options.begin(), options.end());
    child c{all};
    BOOST_TEST_REQUIRE(first.accept());
    BOOST_TEST(value_of(first.read_head(), "Authorization") == of_me);
    first.send("HTTP/1.1 302 Found\r\nLocation: http://localhost:" + std::to_string(second.port())
               + "/b\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST_REQUIRE(second.accept());
    BOOST_TEST(value_of(second.read_head(), "Authorization") == expected);
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    BOOST_TEST(c.wait().status == 0);
  }
}

BOOST_AUTO_TEST_CASE(after_a_redirect_from_https_to_http_nothing_of_the_netrc_file_is_sent) {
  origin o;
  folder f;
  write_file(f.file("both"),
             "machine 127.0.0.1 login me password hidden\nmachine localhost login me password hidden\n");
  peer first, second;
  child c{{"get", "-k", "-L", "--proto-redir", "=http,https", "--netrc-file", f.file("both"),
           o.tls_url("/redirect?to=") + "http%3A%2F%2F127.0.0.1%3A" + std::to_string(first.port()) + "%2F"}};
  BOOST_TEST_REQUIRE(first.accept());
  BOOST_TEST(value_of(first.read_head(), "Authorization") == "(none)");
  first.send("HTTP/1.1 302 Found\r\nLocation: " + second.url("/") + "\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST_REQUIRE(second.accept());
  BOOST_TEST(value_of(second.read_head(), "Authorization") == "(none)");
  second.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_CASE(a_netrc_file_may_be_a_pipe_and_is_read_once) {
  folder f;
  const auto pipe = f.file("pipe");
  BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  peer p;
  child c{{"get", "-s", "-L", "--netrc-file", pipe, p.url("/a"), p.url("/b")}};
  std::ofstream{pipe} << "machine 127.0.0.1 login me password hidden\n"; // waits until the command opens it
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST_REQUIRE(p.accept());
    BOOST_TEST(value_of(p.read_head(), "Authorization") == of_me);
    p.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_CASE(a_netrc_file_that_cannot_be_used_is_an_error_without_its_content) {
  folder f;
  write_file(f.file("bad"), "machine h login me\npassword hidden hidden2\n");
  const auto bad = run({"get", "--netrc-file", f.file("bad"), "http://127.0.0.1:1/"});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.err.starts_with("sluice: '" + f.file("bad") + "', line 2 has a word"), bad.err);
  BOOST_TEST(bad.err.find("hidden") == std::string::npos);
  const auto missing = run({"get", "--netrc-file", f.file("none"), "http://127.0.0.1:1/"});
  BOOST_TEST(missing.status == 2);
  BOOST_TEST(missing.err
             == "sluice: --netrc-file: '" + f.file("none") + "' cannot be read: No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(no_secret_is_shown) {
  folder f;
  for (const auto& each :
       {exchanged({"-v", "--stats", "-u", "me:hidden"}), exchanged_as("me:hidden", {"-v", "--stats"}),
        exchanged({"-v", "--stats", "--oauth2-bearer", "hidden"})}) {
    BOOST_TEST(each.got.status == 0);
    BOOST_TEST(each.got.err.find("> Authorization: [not shown]\n") != std::string::npos, each.got.err);
    BOOST_TEST(each.got.err.find("hidden") == std::string::npos);
    BOOST_TEST(each.got.err.find(of_me.substr(6)) == std::string::npos);
  }
  for (const std::vector<std::string>& options : {std::vector<std::string>{"-u", "me\n:hidden"},
                                                  {"--oauth2-bearer", "hidden hidden"},
                                                  {"-uhidden", "-X"},
                                                  {"--oauth2-bearer", "hidden", "-u", "me:hidden"}}) {
    auto arguments = options;
    arguments.insert(arguments.begin(), "get");
    arguments.push_back("http://me:hidden@127.0.0.1:1/");
    const auto got = run(arguments);
    BOOST_TEST((got.status == 2 || got.status == 3), got.status << " " << got.err);
    BOOST_TEST(got.err.find("hidden") == std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(a_password_is_asked_for_on_the_terminal_without_echo) {
  peer p;
  setting how;
  how.own_session = true;
  how.terminal = terminal_size{};
  child c{{"get", "-s", "-u", "me", p.url()}, how};
  BOOST_TEST_REQUIRE(
      c.read_until([](const auto& got) { return got.err.find("password for user 'me': ") != std::string::npos; }));
  c.type("hidden\n");
  BOOST_TEST_REQUIRE(p.accept());
  BOOST_TEST(value_of(p.read_head(), "Authorization") == of_me);
  p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto got = c.wait();
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.err.find("hidden") == std::string::npos, got.err);

  child interrupted{{"get", "-s", "-u", "me", p.url()}, how};
  BOOST_TEST_REQUIRE(interrupted.read_until(
      [](const auto& so_far) { return so_far.err.find("password for user") != std::string::npos; }));
  interrupted.type("hid\x03");
  BOOST_TEST(interrupted.wait().status == 130);
}

BOOST_AUTO_TEST_CASE(a_password_that_nobody_can_be_asked_for_is_an_error) {
  setting how;
  how.own_session = true;
  const auto got = run({"get", "-u", "me", "http://127.0.0.1:1/"}, how);
  BOOST_TEST(got.status == 2);
  BOOST_TEST(got.err.find("there is no terminal to ask for it") != std::string::npos, got.err);
}

BOOST_AUTO_TEST_CASE(secrets_leave_the_arguments_of_the_process) {
  peer p;
  child c{{"get", "-u", "me:hidden", "-o", "/dev/null", p.url("/me:hidden")}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  std::ifstream file{"/proc/" + std::to_string(c.pid()) + "/cmdline", std::ios::binary};
  std::string words{std::istreambuf_iterator<char>{file}, {}};
  for (auto& letter : words)
    letter = letter == '\0' ? '|' : letter;
  BOOST_TEST(words.find("|get|-u|         |-o|/dev/null|") != std::string::npos, words);
  BOOST_TEST(words.find("/me:hidden") != std::string::npos); // no secret, though it looks like one
  p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
