// The options of `get` about redirects and trying again.
#include "child.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace command_test;

namespace {

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

/// `get -s` with these options and this URL last.
outcome get(std::vector<std::string> options, const std::string& url) {
  options.insert(options.begin(), {"get", "-s"});
  options.push_back(url);
  return run(options);
}

} // namespace

BOOST_AUTO_TEST_SUITE(follow)

BOOST_AUTO_TEST_CASE(redirects_are_followed_and_figures_tell_where_to) {
  origin o;
  folder f;
  for (const std::string option : {"-L", "--location", "--location-trusted"}) {
    const auto got =
        get({option, "--stats=" + f.file("figures")}, o.url("/redirect?n=2&bytes=1000&to=/bytes/10?seed=3#part"));
    BOOST_TEST(got.status == 0);
    BOOST_TEST(got.out.size() == 10u);
    BOOST_TEST(got.err == "");
    const auto figures = content_of(f.file("figures"));
    BOOST_TEST(
        says(figures, "\"status\":302,\"url\":\"" + o.url("/redirect?n=2&bytes=1000&to=/bytes/10?seed=3#part\"")),
        figures);
    BOOST_TEST(says(figures, "\"location\":\"/bytes/10?seed=3\",\"status\":302"), figures);
    BOOST_TEST(says(figures, "\"" + o.url("/bytes/10?seed=3#part") + "\""), figures);
  }
  const auto refused = get({}, o.url("/redirect?to=/bytes/10"));
  BOOST_TEST(refused.status == 0);
  BOOST_TEST(refused.out == "");
}

BOOST_AUTO_TEST_CASE(too_many_redirects_have_an_exit_code_and_name_the_option) {
  origin o;
  const auto got = get({"-L", "--max-redirs", "2"}, o.url("/redirect?n=3&to=/bytes/10"));
  BOOST_TEST(got.status == 47);
  BOOST_TEST(says(got.err, "--max-redirs"), got.err);
  BOOST_TEST(get({"-L", "--max-redirs", "3"}, o.url("/redirect?n=3&to=/bytes/10")).status == 0);
  BOOST_TEST(get({"-L", "--max-redirs", "-1"}, o.url("/redirect?n=60&to=/bytes/10")).status == 0);
  BOOST_TEST(get({"-L"}, o.url("/redirect?n=51&to=/bytes/10")).status == 47);
}

BOOST_AUTO_TEST_CASE(a_post_becomes_a_get_unless_it_is_to_stay_one) {
  origin o;
  for (const std::string status : {"301", "302", "303"}) {
    const auto got = get({"-L", "-d", "a=1"}, o.url("/redirect?to=/headers&status=" + status));
    BOOST_TEST(says(got.out, "\"method\":\"GET\""), got.out);
    BOOST_TEST(!says(got.out, "urlencoded"), got.out);
    BOOST_TEST(get({"-L", "--post" + status, "-d", "a=1"}, o.url("/redirect?to=/echo&status=" + status)).out == "a=1");
  }
  BOOST_TEST(get({"-L", "-d", "a=1"}, o.url("/redirect?to=/echo&status=308")).out == "a=1");
}

BOOST_AUTO_TEST_CASE(a_large_file_is_sent_again_and_standard_input_is_not) {
  origin o;
  folder f;
  const std::string content(600'000, 'c');
  write_file(f.file("a"), content);
  const auto url = o.url("/redirect?to=/echo&status=307");
  BOOST_TEST((get({"-L", "-T", f.file("a")}, url).out == content));
  BOOST_TEST((get({"-L", "--limit-rate", "100M", "--data-binary", "@" + f.file("a")}, url).out == content));
  BOOST_TEST((get({"-L", "--limit-rate", "1M", "-d", "a=1"}, url).out == "a=1"));
  setting piped;
  piped.input = "a=1";
  const auto got = run({"get", "-sS", "-L", "-T", "-", url}, piped);
  BOOST_TEST(got.status == 6);
  BOOST_TEST(says(got.err, "redirect"), got.err);
}

BOOST_AUTO_TEST_CASE(credentials_stay_unless_other_origins_are_trusted) {
  origin o, other;
  const std::vector<std::string> secret{"-H", "Authorization: Basic c2VjcmV0", "-H", "Cookie: c2VjcmV0"};
  for (const std::string option : {"-L", "--location-trusted"}) {
    auto options = secret;
    options.push_back(option);
    const auto got = get(options, o.url("/redirect?to=" + other.url("/headers")));
    BOOST_TEST(says(got.out, "c2VjcmV0") == (option != "-L"), got.out);
  }
}

BOOST_AUTO_TEST_CASE(https_is_left_only_where_that_is_allowed) {
  origin o;
  const auto url = o.tls_url("/redirect?to=" + o.url("/bytes/10"));
  const auto got = get({"-k", "-L"}, url);
  BOOST_TEST(got.status == 6);
  BOOST_TEST(says(got.err, "--proto-redir"), got.err);
  BOOST_TEST(get({"-k", "-L", "--proto-redir", "=http,https"}, url).status == 0);
  BOOST_TEST(get({"-L", "--proto-redir", "=https"}, o.url("/redirect?to=/bytes/10")).status == 6);
  const auto wrong = get({"-L", "--proto-redir", "=http"}, url);
  BOOST_TEST(wrong.status == 2);
  BOOST_TEST(says(wrong.err, "--proto-redir: '=http'"), wrong.err);
}

BOOST_AUTO_TEST_CASE(a_refusal_that_passes_is_tried_again) {
  origin o;
  const auto got = get({"--retry", "2", "--retry-delay", "0.01"}, o.url("/flaky?id=a&times=2"));
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.out == "ok\n");
  BOOST_TEST(get({"-f", "--retry", "1", "--retry-delay", "0.01"}, o.url("/flaky?id=b&times=2")).status == 22);
  BOOST_TEST(get({"-f", "--retry", "5", "--retry-delay", "10", "--retry-max-time", "1"}, o.url("/flaky?id=c")).status
             == 22);
  BOOST_TEST(get({"-f", "--retry", "1", "--retry-delay", "0.01"}, o.url("/flaky?id=d&status=404")).status == 22);
  BOOST_TEST(
      get({"-f", "--retry", "1", "--retry-delay", "0.01", "--retry-all-errors"}, o.url("/flaky?id=e&status=404")).status
      == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_refused_is_tried_again_only_if_wanted) {
  std::string url;
  {
    peer gone;
    url = gone.url();
  }
  const auto usual = get({"--retry", "1", "--retry-delay", "0.01"}, url);
  BOOST_TEST(usual.status == 4);
  BOOST_TEST(!says(usual.err, "tried"), usual.err);
  const auto wanted = get({"--retry", "1", "--retry-delay", "0.01", "--retry-connrefused"}, url);
  BOOST_TEST(wanted.status == 4);
  BOOST_TEST(says(wanted.err, "tried 2 times"), wanted.err);
}

BOOST_AUTO_TEST_CASE(verbose_shows_each_hop_and_each_retry) {
  origin o;
  const auto got = get({"-v", "-L", "--retry", "1", "--retry-delay", "0.1"}, o.url("/redirect?to=/flaky?id=f"));
  BOOST_TEST(got.status == 0);
  BOOST_TEST(says(got.err, "* redirected: 302 to " + o.url("/flaky") + "\n"), got.err);
  BOOST_TEST(says(got.err, "* sent again: in 0.1 s, retry 1 of 1: the status was 503\n"), got.err);
}

BOOST_AUTO_TEST_CASE(each_retry_is_told_unless_silent) {
  origin o;
  const std::vector<std::string> retry{"get", "--retry", "2", "--retry-delay", "0.1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), retry.begin(), retry.end());
    return run(more);
  };
  const auto got = with({o.url("/flaky?id=g&times=2")});
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.err
             == "sluice: the status was 503; it is sent again in 0.1 s (retry 1 of 2)\n"
                "sluice: the status was 503; it is sent again in 0.1 s (retry 2 of 2)\n");
  BOOST_TEST(with({"-s", o.url("/flaky?id=h&times=2")}).err == "");
  const auto several = with({"-Z", o.url("/flaky?id={i,j}")});
  BOOST_TEST(says(several.err, "sluice: " + o.url("/flaky") + ": the status was 503; it is sent again"), several.err);
}

BOOST_AUTO_TEST_CASE(each_of_many_transfers_is_tried_again) { // the library's budget would end after about a hundred
  origin o;
  folder f;
  const auto got = run({"get", "-sf", "-Z", "--retry", "1", "--retry-delay", "0.1", "-o", f.file("#1"),
                        o.url("/flaky?id=m[1-150]&times=1")});
  BOOST_TEST(got.status == 0);
  BOOST_TEST(got.err == "");
}

BOOST_AUTO_TEST_CASE(user_information_of_a_location_is_neither_used_nor_shown) {
  peer p;
  child c{{"get", "-v", "-L", p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  p.send("HTTP/1.1 302 Found\r\nLocation: http://user:sEcReT9@127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n");
  const auto got = c.wait();
  BOOST_TEST(got.status == 6);
  BOOST_TEST(says(got.err, "user name or password"), got.err);
  BOOST_TEST(says(got.err, "< Location: http://127.0.0.1:1/x\n"), got.err);
  BOOST_TEST(!says(got.err, "sEcReT9"), got.err);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_name_their_option) {
  for (const auto& [option, value] : {std::pair<std::string, std::string>{"--max-redirs", "-2"},
                                      {"--max-redirs", "1001"},
                                      {"--max-redirs", "x"},
                                      {"--retry", "1001"},
                                      {"--retry", "-1"},
                                      {"--retry-delay", "-1"},
                                      {"--retry-max-time", "soon"}}) {
    const auto got = get({option, value}, "http://127.0.0.1:1/");
    BOOST_TEST(got.status == 2, option);
    BOOST_TEST(says(got.err, option), got.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
