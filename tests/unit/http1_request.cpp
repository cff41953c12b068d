#include "http1_feed.hpp"

#include <sluice/protocols/http1/serializer.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

namespace {

transcript run(const std::string& text, const std::function<std::size_t(std::size_t)>& cut) {
  http1::request_parser parser;
  return feed(parser, text, cut, false);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http1_request)

BOOST_AUTO_TEST_CASE(requests_are_read_alike_however_they_are_cut) {
  struct row {
    std::string text;
    errc problem;
    std::string body;
  };
  const std::string host = "Host: a\r\n";
  for (const auto& x : std::vector<row>{
         {"GET / HTTP/1.1\r\n" + host + "\r\n", errc::none, ""},
         {"GET / HTTP/1.0\r\n\r\n", errc::none, ""},
         {"POST /x?y HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", errc::none, "abc"},
         {"POST /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", errc::none, "abc"},
         {"GET / HTTP/1.1\r\n\r\n", errc::malformed_header, ""},
         {"GET / HTTP/1.1\r\n" + host + host + "\r\n", errc::malformed_header, ""},
         {"GET /a b HTTP/1.1\r\n" + host + "\r\n", errc::malformed_status_line, ""},
         {"GET  / HTTP/1.1\r\n" + host + "\r\n", errc::malformed_status_line, ""},
         {"G@T / HTTP/1.1\r\n" + host + "\r\n", errc::malformed_status_line, ""},
         {"GET / HTTP/3.0\r\n" + host + "\r\n", errc::malformed_status_line, ""},
         {"GET /\xc3\xa4 HTTP/1.1\r\n" + host + "\r\n", errc::malformed_status_line, ""},
         {"POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", errc::malformed_framing, ""},
       })
    BOOST_TEST_CONTEXT(x.text) {
      const auto whole = run(x.text, [](std::size_t n) { return n; });
      BOOST_TEST(to_string(whole.problem) == to_string(x.problem));
      BOOST_TEST(whole.body == x.body);
      BOOST_TEST(whole == run(x.text, [](std::size_t) { return 1; }));
    }
}

BOOST_AUTO_TEST_CASE(what_is_serialized_is_read_back) {
  http::request_head head{"PUT", "http", "example.org:81", "/a?b", {{"X-A", "1"}, {"X-A", "2"}}};
  auto text = http1::serialize(head, {http1::body_framing::kind::chunked, 0});
  BOOST_REQUIRE(text);
  const auto x = run(*text + http1::chunk_prefix(3) + "abc" + std::string{http1::chunk_suffix} + *http1::last_chunk({{"X-T", "t"}}), [](std::size_t n) { return n; });
  BOOST_TEST(x.events == "request PUT /a?b|Host=example.org:81|X-A=1|X-A=2|Transfer-Encoding=chunked body\nend|X-T=t reusable\n");
  BOOST_TEST(x.body == "abc");
}

BOOST_AUTO_TEST_CASE(nothing_that_could_split_a_message_is_serialized) {
  auto refused = [](http::request_head head, http1::body_framing framing = {}) {
    auto x = http1::serialize(head, framing);
    return !x && x.error().code == errc::invalid_request && x.error().by == caused_by::local;
  };
  http::request_head good{"GET", "http", "a", "/", {}};
  BOOST_TEST(!refused(good));
  auto x = good;
  x.method = "GET /";
  BOOST_TEST(refused(x));
  for (const auto* target : {"", "/a b", "/\r\nX: y", "/\x7f", "/\xc3"}) {
    x = good;
    x.target = target;
    BOOST_TEST(refused(x));
  }
  for (const auto& field : std::vector<http::field>{{"A b", "1"}, {"", "1"}, {"A", "1\r\nB: 2"}, {"A", "1\n"}, {"A", std::string(1, '\0')}, {"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}}) {
    x = good;
    x.fields = {field};
    BOOST_TEST(refused(x), field.name);
  }
  x = good;
  x.fields = {{"Host", "b"}, {"Host", "c"}};
  BOOST_TEST(refused(x));
  x.fields = {{"Content-Length", "3"}};
  BOOST_TEST(!refused(x, {http1::body_framing::kind::length, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
