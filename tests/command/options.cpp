// The options of `get` that make the request, as an origin receives them, and those that show it.
#include "child.hpp"
#include "exchanged.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include "../../deploy/command/url_edits.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace command_test;

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(json_is_posted_as_curl_posts_it) {
  const std::string text = R"({"a":[1,2]})";
  const auto result = exchanged({"--json", text}, text.size());
  BOOST_TEST(result.got.status == 0);
  BOOST_TEST(result.head.starts_with("POST /path HTTP/1.1\r\n"));
  BOOST_TEST(value_of(result.head, "Content-Type") == "application/json");
  BOOST_TEST(value_of(result.head, "Accept") == "application/json");
  BOOST_TEST(value_of(result.head, "Content-Length") == std::to_string(text.size()));
  BOOST_TEST(result.body == text);
}

BOOST_AUTO_TEST_CASE(json_is_no_list_and_no_placeholder) {
  for (const std::string text : {"[1,2]", "{}", "[]", "[[],{}]"})
    BOOST_TEST(exchanged({"--json", text}, text.size()).body == text);
}

BOOST_AUTO_TEST_CASE(json_is_joined_from_texts_files_and_standard_input) {
  folder f;
  write_file(f.file("part"), "\"b\":");
  setting how;
  how.input = "2}";
  const std::string whole = R"({"a":1,"b":2})";
  const auto result =
      exchanged({"--json", R"({"a":1,)", "--json", "@" + f.file("part"), "--json", "@-"}, whole.size(), how);
  BOOST_TEST(result.body == whole);
  BOOST_TEST(value_of(result.head, "Content-Length") == std::to_string(whole.size()));
  const auto known = exchanged({"--json", R"({"a":1,)", "--json", "@" + f.file("part"), "--json", "2}"}, whole.size());
  BOOST_TEST(known.body == whole);
  BOOST_TEST(value_of(known.head, "Content-Length") == std::to_string(whole.size()));
}

BOOST_AUTO_TEST_CASE(json_gives_way_to_fields_and_methods_by_hand) {
  const auto result =
      exchanged({"--json", "1", "-X", "PUT", "-H", "Content-Type: application/merge-patch+json", "-H", "Accept:"}, 1);
  BOOST_TEST(result.head.starts_with("PUT "));
  BOOST_TEST(value_of(result.head, "Content-Type") == "application/merge-patch+json");
  BOOST_TEST(value_of(result.head, "Accept") == "(none)");
}

BOOST_AUTO_TEST_CASE(data_given_twice_is_joined_by_an_ampersand) {
  const auto result = exchanged({"-d", "a=1", "-d", "b=2"}, 7);
  BOOST_TEST(result.body == "a=1&b=2");
  BOOST_TEST(value_of(result.head, "Content-Type") == "application/x-www-form-urlencoded");
}

BOOST_AUTO_TEST_CASE(a_name_without_a_value_sends_no_such_field) {
  const auto usual = exchanged({"--compressed"});
  BOOST_TEST(value_of(usual.head, "User-Agent") != "(none)");
  BOOST_TEST(value_of(usual.head, "Accept") == "*/*");
  BOOST_TEST(value_of(usual.head, "Accept-Encoding") == "gzip, deflate, br, zstd");
  const auto result =
      exchanged({"--compressed", "-H", "User-Agent:", "-H", "accept: ", "-H", "Accept-Encoding:", "-H", "X-Other:"});
  BOOST_TEST(result.got.status == 0);
  for (const auto* name : {"User-Agent", "Accept", "accept", "Accept-Encoding", "X-Other"})
    BOOST_TEST(value_of(result.head, name) == "(none)", name);
  BOOST_TEST(value_of(exchanged({"-H", "X-Empty;"}).head, "X-Empty") == "");
}

BOOST_AUTO_TEST_CASE(characters_that_no_url_holds_are_sent_encoded_and_blanks_refused) {
  const auto result = exchanged({"--url-query", "+c=\"d\""}, 0, {}, "/caf\xC3\xA9/<a>\\?q=\xC3\xBC^");
  BOOST_TEST(result.got.status == 0, result.got.err);
  BOOST_TEST(result.head.starts_with("GET /caf%C3%A9/%3Ca%3E%5C?q=%C3%BC%5E&c=%22d%22 HTTP/1.1\r\n"), result.head);
  for (const std::string path : {"a b", "a\tb", "a\x7f"})
    BOOST_TEST(run({"get", "http://127.0.0.1:1/" + path}).status == 3, path);
}

BOOST_AUTO_TEST_CASE(fields_that_a_request_must_have_are_not_removed) {
  for (const std::string line : {"Host:", "Content-Length:", "Transfer-Encoding:"}) {
    const auto got = run({"get", "-H", line, "http://127.0.0.1:1/"});
    BOOST_TEST(got.status == 2);
    BOOST_TEST(got.err.find("-H '" + line + "'") != std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(a_header_line_without_a_colon_is_refused_and_not_repeated) {
  const auto got = run({"get", "-H", "Authorization Bearer hidden", "http://127.0.0.1:1/"});
  BOOST_TEST(got.status == 2);
  BOOST_TEST(got.err.find("-H: a header line is neither 'Name: value'") != std::string::npos, got.err);
  BOOST_TEST(got.err.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(figures_go_where_they_are_told_and_take_no_word_for_it) {
  folder f;
  const auto last = exchanged({"-s", "--stats"}); // the URL follows
  BOOST_TEST(last.got.out == "ok");
  BOOST_TEST(last.got.err.starts_with("{"));
  BOOST_TEST(figure(last.got.err, "status") == "200");
  const auto file = exchanged({"-s", "--stats=" + f.file("figures")});
  BOOST_TEST(file.got.err == "");
  BOOST_TEST(figure(content_of(f.file("figures")), "complete") == "true");
  BOOST_TEST(figure(exchanged({"-s", "-o", f.file("body"), "--stats=-"}).got.out, "status") == "200");
}

BOOST_AUTO_TEST_CASE(verbose_tells_every_field_that_was_sent_and_no_secret) {
  const std::vector<std::string> secrets{"-H", "Authorization: Basic c2VjcmV0", "-H", "cookie: a=c2VjcmV0",
                                         "-H", "Proxy-Authorization: c2VjcmV0"};
  auto arguments = secrets;
  arguments.insert(arguments.end(), {"-v", "-H", "X-Mine: 1", "-d", "abc"});
  const auto result = exchanged(arguments, 3);
  BOOST_TEST(value_of(result.head, "Authorization") == "Basic c2VjcmV0");
  std::string told;
  for (std::size_t at = 0; (at = result.got.err.find("> ", at)) != std::string::npos; at += 2)
    if (at == 0 || result.got.err[at - 1] == '\n')
      told += result.got.err.substr(at + 2, result.got.err.find('\n', at) - at - 2) + "\r\n";
  auto expected = result.head.substr(0, result.head.size() - 2);
  for (const std::string value : {"Basic c2VjcmV0", "a=c2VjcmV0", "c2VjcmV0"})
    expected.replace(expected.find(": " + value + "\r\n") + 2, value.size(), "[not shown]");
  BOOST_TEST(told == expected);
  BOOST_TEST(result.got.err.find("c2VjcmV0") == std::string::npos);
  BOOST_TEST(result.got.out == "ok");

  origin o;
  for (const std::string version : {"--http2", "--http3-only"}) {
    auto more = secrets;
    more.insert(more.begin(), {"get", "-v", "-k", version});
    more.push_back(o.tls_url("/headers"));
    const auto got = run(more);
    for (const std::string line :
         {"> :method: GET\n", "> :scheme: https\n", "> :path: /headers\n",
          "> :authority: localhost:", "> user-agent: ", "> accept: */*\n", "> authorization: [not shown]\n"})
      BOOST_TEST(got.err.find(line) != std::string::npos, version << " " << line << got.err);
    BOOST_TEST(got.err.find("c2VjcmV0") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(no_password_of_a_url_that_is_none_is_told) {
  for (const std::string url : {"user:sekret@127.0.0.1/", "http:user:sekret@127.0.0.1/", "http//user:sekret@127.0.0.1/",
                                "http://user:sek/ret@127.0.0.1:1/", "//user:sekret@127.0.0.1/"}) {
    const auto got = run({"get", "-s", "-S", "-w", "%{url} %{url_effective} %{json}", "--stats=-", url, url});
    BOOST_TEST(got.status != 0, url);
    for (const auto& text : {got.out, got.err})
      BOOST_TEST(text.find("sek") == std::string::npos, text);
  }
  BOOST_TEST(sluice::command::without_user_information("http://127.0.0.1/@a/b@c") == "http://127.0.0.1/@a/b@c");
  BOOST_TEST(sluice::command::without_user_information("/path/a@b") == "/path/a@b");
  BOOST_TEST(sluice::command::without_user_information("https://a:b@h/@c") == "https://h/@c");
}

BOOST_AUTO_TEST_CASE(verbose_tells_no_cookie_that_an_origin_sets_while_heads_are_written_as_they_came) {
  folder f;
  peer p;
  child c{{"get", "-v", "-i", "-D", f.file("heads"), p.url()}};
  BOOST_TEST_REQUIRE(p.accept());
  p.read_head();
  const std::string head = "HTTP/1.1 200 OK\r\nSet-Cookie: a=c2VjcmV0\r\nset-cookie2: b=c2VjcmV0\r\n"
                           "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\n";
  p.send(head + "ok");
  const auto got = c.wait();
  BOOST_TEST(got.out == head + "ok");
  BOOST_TEST(content_of(f.file("heads")) == head);
  for (const std::string line : {"< Set-Cookie: [not shown]\n", "< set-cookie2: [not shown]\n",
                                 "< WWW-Authenticate: Basic realm=\"x\"\n", "< Content-Length: 2\n"})
    BOOST_TEST(got.err.find(line) != std::string::npos, got.err);
  BOOST_TEST(got.err.find("c2VjcmV0") == std::string::npos, got.err);
}

BOOST_AUTO_TEST_SUITE_END()
