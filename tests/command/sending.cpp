// The options that give a request its body or its query, as an origin receives them.
#include "child.hpp"
#include "exchanged.hpp"
#include "origin.hpp"
#include "peer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace command_test;

namespace {

/// Bytes of a body of n bytes in one chunk, with the framing.
std::size_t in_one_chunk(std::size_t n) {
  std::size_t digits = 1;
  for (auto rest = n; rest > 15; rest /= 16)
    ++digits;
  return digits + 2 + n + 2 + 5;
}

std::string first_line(const std::string& head) { return head.substr(0, head.find("\r\n")); }

} // namespace

BOOST_AUTO_TEST_SUITE(sending)

BOOST_AUTO_TEST_CASE(data_is_joined_in_the_order_of_its_options) {
  folder f;
  write_file(f.file("d"), "one\r\ntwo\n");
  const std::string whole = "a=1&onetwo&@raw&b=c+d&one\r\ntwo\n";
  const auto result = exchanged({"-d", "a=1", "--data-ascii", "@" + f.file("d"), "--data-raw", "@raw",
                                 "--data-urlencode", "b=c d", "--data-binary", "@" + f.file("d")},
                                whole.size());
  BOOST_TEST(first_line(result.head) == "POST /path HTTP/1.1");
  BOOST_TEST(result.body == whole);
  BOOST_TEST(value_of(result.head, "Content-Length") == std::to_string(whole.size()));
  BOOST_TEST(value_of(result.head, "Content-Type") == "application/x-www-form-urlencoded");
}

BOOST_AUTO_TEST_CASE(a_file_is_put_under_its_name) {
  folder f;
  write_file(f.file("a b.txt"), "content\n");
  const auto result = exchanged({"-T", f.file("a b.txt")}, 8, {}, "/dir/?q=1");
  BOOST_TEST(first_line(result.head) == "PUT /dir/a%20b.txt?q=1 HTTP/1.1");
  BOOST_TEST(value_of(result.head, "Content-Length") == "8");
  BOOST_TEST(value_of(result.head, "Content-Type") == "(none)");
  BOOST_TEST(result.body == "content\n");
  BOOST_TEST(first_line(exchanged({"-T", f.file("a b.txt"), "-X", "PATCH"}, 8).head) == "PATCH /path HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(each_file_is_put_to_one_url_and_the_other_urls_are_fetched) {
  folder f;
  write_file(f.file("a"), "one");
  write_file(f.file("b"), "two");
  peer p;
  child c{{"get", "-s", "--http1.1", "-T", f.file("a"), p.url("/1"), "-T", f.file("b"), p.url("/2"), p.url("/3")}};
  BOOST_TEST_REQUIRE(p.accept());
  for (const std::string expected : {"PUT /1 one", "PUT /2 two", "GET /3 "}) {
    auto text = p.read_head();
    const auto end = text.find("\r\n\r\n") + 4;
    const auto body = expected.substr(expected.rfind(' ') + 1);
    p.read_more(text, end + body.size());
    BOOST_TEST(text.substr(0, text.find(" HTTP/")) + " " + text.substr(end) == expected);
    p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }
  BOOST_TEST(c.wait().status == 0);
}

BOOST_AUTO_TEST_CASE(the_head_may_be_asked_for_with_data_in_the_query) {
  BOOST_TEST(first_line(exchanged({"-I", "-G", "-d", "a=1"}).head) == "HEAD /path?a=1 HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(standard_input_is_put_without_a_length) {
  setting how;
  how.input = "from a pipe\n";
  const auto result = exchanged({"-T", "-"}, in_one_chunk(how.input.size()), how, "/dir/");
  BOOST_TEST(first_line(result.head) == "PUT /dir/ HTTP/1.1");
  BOOST_TEST(value_of(result.head, "Transfer-Encoding") == "chunked");
  BOOST_TEST(without_chunks(result.body) == how.input);
  BOOST_TEST(result.got.status == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_an_error_and_no_empty_body) {
  origin o;
  for (const std::vector<std::string>& sent : {std::vector<std::string>{"-T", "/proc/self/mem"},
                                               {"--data-binary", "@/proc/self/mem"},
                                               {"-F", "f=@/proc/self/mem"}}) {
    auto arguments = sent;
    arguments.insert(arguments.begin(), {"get", "-sS"});
    arguments.push_back(o.url("/echo"));
    const auto got = run(arguments);
    BOOST_TEST(got.status != 0, sent[0]);
    BOOST_TEST(got.err.find("/proc/self/mem") != std::string::npos, got.err);
  }
}

BOOST_AUTO_TEST_CASE(data_from_standard_input_has_its_length_and_goes_to_every_url_and_redirect) {
  setting how;
  how.input = "a=1\n";
  const auto one = exchanged({"-d", "@-", "--data-urlencode", "b@-"}, 6, how);
  BOOST_TEST(one.body == "a=1&b="); // of standard input nothing is left
  BOOST_TEST(value_of(one.head, "Content-Length") == "6");
  origin o;
  BOOST_TEST(run({"get", "-sL", "-d", "@-", o.url("/echo"), o.url("/redirect?status=307&to=/echo")}, how).out
             == "a=1a=1");
  const auto in_query = run({"get", "-sG", "-d", "@-", o.url("/headers"), o.url("/headers")}, how).out;
  BOOST_TEST(in_query.find("/headers?a=1") != in_query.rfind("/headers?a=1"), in_query);
}

BOOST_AUTO_TEST_CASE(a_form_has_its_length_and_its_boundary) {
  folder f;
  write_file(f.file("t.html"), "<p>");
  peer p;
  child c{{"get", "-F", "a=b c", "-F", "f=@" + f.file("t.html") + ";filename=x\"y.html", "--form-string", "s=@;",
           p.url("/path")}};
  BOOST_TEST_REQUIRE(p.accept());
  auto text = p.read_head();
  const auto end = text.find("\r\n\r\n") + 4;
  const auto head = text.substr(0, end);
  const auto length = std::stoul(value_of(head, "Content-Length"));
  p.read_more(text, end + length);
  p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(c.wait().status == 0);
  const auto type = value_of(head, "Content-Type");
  BOOST_TEST_REQUIRE(type.starts_with("multipart/form-data; boundary="));
  const auto line = "--" + type.substr(type.find('=') + 1);
  BOOST_TEST(text.substr(end)
             == line + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb c\r\n" + line
                    + "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x%22y.html\"\r\nContent-Type: "
                      "text/html\r\n\r\n<p>\r\n"
                    + line + "\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\n@;\r\n" + line + "--\r\n");
  BOOST_TEST(first_line(head) == "POST /path HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(a_large_file_goes_to_every_version_whole) {
  origin o;
  folder f;
  const auto body = run({"get", "-s", o.url("/bytes/700k?seed=7")}).out;
  BOOST_TEST_REQUIRE(body.size() == 700u << 10);
  write_file(f.file("large"), body);
  for (const std::string version : {"--http1.1", "--http2", "--http3-only"}) {
    const auto put = run({"get", "-s", "-k", version, "-T", f.file("large"), o.tls_url("/upload?seed=7")});
    BOOST_TEST(put.out.find("\"bytes\":716800") != std::string::npos, version << " " << put.out << put.err);
    BOOST_TEST(put.out.find("\"good\":true") != std::string::npos, version);
    const auto form = run({"get", "-s", "-k", version, "-F", "f=@" + f.file("large"), o.tls_url("/echo")});
    BOOST_TEST((form.out.find(body) != std::string::npos), version);
  }
}

BOOST_AUTO_TEST_CASE(data_goes_into_the_query_with_get) {
  const auto result =
      exchanged({"-G", "-d", "a=1", "--data-urlencode", "b=c d", "--url-query", "q=r s"}, 0, {}, "/p?x=y");
  BOOST_TEST(first_line(result.head) == "GET /p?x=y&q=r+s&a=1&b=c+d HTTP/1.1");
  BOOST_TEST(value_of(result.head, "Content-Type") == "(none)");
  BOOST_TEST(value_of(result.head, "Content-Length") == "(none)");
  const auto both = exchanged({"--url-query", "+q=r%20s", "-d", "a=1"}, 3);
  BOOST_TEST(first_line(both.head) == "POST /path?q=r%20s HTTP/1.1");
  BOOST_TEST(both.body == "a=1");
}

BOOST_AUTO_TEST_CASE(agent_and_referer_are_those_of_their_options_unless_a_header_says_otherwise) {
  const auto result = exchanged({"-A", "agent/1", "-e", "http://from.example/"});
  BOOST_TEST(value_of(result.head, "User-Agent") == "agent/1");
  BOOST_TEST(value_of(result.head, "Referer") == "http://from.example/");
  const auto none = exchanged({"-A", "", "-e", ""});
  BOOST_TEST(value_of(none.head, "User-Agent") == "(none)");
  BOOST_TEST(value_of(none.head, "Referer") == "(none)");
  const auto by_hand = exchanged({"-A", "agent/1", "-H", "User-Agent: mine", "-e", "http://a/", "-H", "Referer:"});
  BOOST_TEST(value_of(by_hand.head, "User-Agent") == "mine");
  BOOST_TEST(value_of(by_hand.head, "Referer") == "(none)");
}

BOOST_AUTO_TEST_CASE(header_lines_are_read_from_files) {
  folder f;
  write_file(f.file("h"), "X-One: 1\r\n\nX-Two: 2\nAccept:\n");
  setting how;
  how.input = "X-Three: 3\n";
  const auto result = exchanged({"-H", "@" + f.file("h"), "-H", "@-"}, 0, how);
  BOOST_TEST(value_of(result.head, "X-One") == "1");
  BOOST_TEST(value_of(result.head, "X-Two") == "2");
  BOOST_TEST(value_of(result.head, "X-Three") == "3");
  BOOST_TEST(value_of(result.head, "Accept") == "(none)");
  write_file(f.file("bad"), "X-One: 1\nhidden\n");
  const auto bad = run({"get", "-H", "@" + f.file("bad"), "http://127.0.0.1:1/"});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.err.find("-H: '" + f.file("bad") + "', line 2: a header line is neither") != std::string::npos,
             bad.err);
  BOOST_TEST(bad.err.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(options_that_exclude_each_other_are_usage_errors) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-d", "a", "-F", "a=b"},
        {"-T", "-", "-d", "a"},
        {"--json", "1", "-d", "a"},
        {"-G", "-F", "a=b"},
        {"-I", "-d", "a"},
        {"-I", "-F", "a=b"},
        {"--json", "1", "-I"},
        {"-I", "-T", "-"},
        {"-C", "-", "-o", "a", "-T", "-"},
        {"-r", "0-9", "-T", "-"},
        {"-T", "-", "-T", "-"},
        {"-o", ""},
        {"-r", "5-2"},
        {"-F", "a=b", "-H", "Content-Type: multipart/form-data; boundary=x"}}) {
    auto arguments = options;
    arguments.insert(arguments.begin(), "get");
    arguments.push_back("http://127.0.0.1:1/");
    const auto got = run(arguments);
    BOOST_TEST(got.status == 2, got.err);
    BOOST_TEST(got.err.starts_with("sluice: "), got.err);
  }
}

BOOST_AUTO_TEST_CASE(a_form_can_have_another_type_with_its_own_boundary) {
  const auto result = exchanged({"-F", "a=b", "-H", "Content-Type: multipart/mixed"}, 100);
  BOOST_TEST(value_of(result.head, "Content-Type").starts_with("multipart/mixed; boundary=-----"));
}

BOOST_AUTO_TEST_SUITE_END()
