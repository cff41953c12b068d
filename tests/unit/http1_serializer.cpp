// What is written is what was meant, and nothing that a caller gives can make it mean something else.
#include "http1_feed.hpp"

#include <sluice/protocols/http1/serializer.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http1;
using kind = body_framing::kind;

namespace {

http::request_head request(http::fields fields = {}) {
  http::request_head result;
  result.authority = "h:81";
  result.target = "/p?q";
  result.fields = std::move(fields);
  return result;
}

http::response_head response(std::uint16_t status, http::fields fields = {}) {
  http::response_head result;
  result.status = status;
  result.reason = "R";
  result.fields = std::move(fields);
  return result;
}

template <class Head>
void refused(const Head& head, body_framing framing, std::string_view why) {
  const auto written = serialize(head, framing);
  BOOST_TEST_REQUIRE(!written, "written: " << (written ? *written : ""));
  BOOST_TEST((written.error().code == errc::invalid_request && written.error().by == caused_by::local));
  BOOST_TEST(written.error().detail.find(why) != std::string::npos, written.error().detail);
}

const std::vector<std::string> splitting{"a\r\nB: c", "a\nB: c", "a\rB: c", "a\n", "\ra", std::string{"a\0b", 3},
                                         "a\x01",     "a\x7f"};

} // namespace

BOOST_AUTO_TEST_SUITE(http1_serializer)

BOOST_AUTO_TEST_CASE(a_request_head_says_host_first_and_its_framing_last) {
  BOOST_TEST(*serialize(request({{"A", "b"}, {"A", ""}}), {})
             == "GET /p?q HTTP/1.1\r\nHost: h:81\r\nA: b\r\nA: \r\n\r\n");
  BOOST_TEST(*serialize(request(), {kind::length, 5})
             == "GET /p?q HTTP/1.1\r\nHost: h:81\r\nContent-Length: 5\r\n\r\n");
  BOOST_TEST(*serialize(request(), {kind::chunked, 0})
             == "GET /p?q HTTP/1.1\r\nHost: h:81\r\nTransfer-Encoding: chunked\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_post_without_a_body_says_so) {
  for (const auto* method : {"POST", "PUT", "PATCH"}) {
    auto head = request();
    head.method = method;
    BOOST_TEST(serialize(head, {})->find("\r\nContent-Length: 0\r\n") != std::string::npos);
  }
  BOOST_TEST(serialize(request(), {})->find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_given_by_hand_replaces_the_authority_once) {
  BOOST_TEST(*serialize(request({{"A", "b"}, {"hOst", "other"}}), {})
             == "GET /p?q HTTP/1.1\r\nHost: other\r\nA: b\r\n\r\n");
  refused(request({{"Host", "a"}, {"host", "a"}}), {}, "more than one Host");
  for (const auto* bad : {"", "a b", "a/b", "a@b", "a?b", "a#b", "\xff", ":80", "a\r\nB: c", "a\n"}) {
    refused(request({{"Host", bad}}), {}, "not host[:port]");
    auto head = request();
    head.authority = bad;
    refused(head, {}, "not host[:port]");
  }
}

BOOST_AUTO_TEST_CASE(nothing_splits_a_message) {
  for (const auto& bad : splitting) {
    refused(request({{"A", bad}}), {}, "control character");
    refused(response(200, {{"A", bad}}), {}, "control character");
    refused(request({{bad, "a"}}), {}, "not a token");
    refused(response(200, {{bad, "a"}}), {}, "not a token");
    auto head = request();
    head.method = bad;
    refused(head, {}, "method");
    head = request();
    head.target = "/" + bad;
    refused(head, {}, "target");
    auto response_head = response(200);
    response_head.reason = bad;
    refused(response_head, {}, "reason");
    BOOST_TEST(!last_chunk({{"A", bad}}));
    BOOST_TEST(!last_chunk({{bad, "a"}}));
  }
  for (const auto* bad : {"", "A B", "A:", "A ", "\xc3", "A(", "\"A\""}) {
    refused(request({{bad, "x"}}), {}, "not a token");
    auto head = request();
    head.method = bad;
    refused(head, {}, "not a token");
  }
  for (const auto* bad : {"", "/a b", "/\xff", " /", "/ HTTP/1.1\r\nA: b\r\n\r\n"}) {
    auto head = request();
    head.target = bad;
    refused(head, {}, "percent-encode");
  }
}

BOOST_AUTO_TEST_CASE(framing_fields_given_by_hand_may_only_agree) {
  auto once = [](const std::string& text, std::string_view what) {
    return text.find(what) != std::string::npos && text.find(what) == text.rfind(what);
  };
  BOOST_TEST(once(*serialize(request({{"content-length", "5"}}), {kind::length, 5}), "ontent-"));
  BOOST_TEST(once(*serialize(request({{"Transfer-Encoding", "Chunked"}}), {kind::chunked, 0}), "Transfer-Encoding"));
  for (const auto* bad : {"6", "", "+5", "5, 5", "05"}) {
    refused(request({{"Content-Length", bad}}), {kind::length, 5}, "by hand");
    refused(response(200, {{"Content-Length", bad}}), {kind::length, 5}, "by hand");
  }
  refused(request({{"Content-Length", "5"}}), {}, "by hand");
  refused(request({{"Content-Length", "5"}}), {kind::chunked, 0}, "by hand");
  refused(request({{"Transfer-Encoding", "chunked"}}), {}, "by hand");
  refused(request({{"Transfer-Encoding", "chunked"}}), {kind::length, 5}, "by hand");
  refused(request({{"Transfer-Encoding", "gzip, chunked"}}), {kind::chunked, 0}, "by hand");
  refused(response(200, {{"Transfer-Encoding", "chunked"}}), {kind::until_close, 0}, "by hand");
  refused(request(), {kind::until_close, 0}, "end of the connection");
}

BOOST_AUTO_TEST_CASE(a_response_head_has_only_framings_that_it_may_have) {
  BOOST_TEST(*serialize(response(200, {{"A", "b"}}), {kind::length, 5})
             == "HTTP/1.1 200 R\r\nA: b\r\nContent-Length: 5\r\n\r\n");
  BOOST_TEST(*serialize(response(200), {kind::until_close, 0}) == "HTTP/1.1 200 R\r\n\r\n");
  auto old = response(103);
  old.version = http::version::http1_0;
  old.reason = "";
  BOOST_TEST(*serialize(old, {}) == "HTTP/1.0 103 \r\n\r\n");
  for (auto framing :
       {body_framing{kind::length, 0}, body_framing{kind::chunked, 0}, body_framing{kind::until_close, 0}}) {
    refused(response(204), framing, "1xx or 204");
    refused(response(100), framing, "1xx or 204");
  }
  old.status = 200;
  refused(old, {kind::chunked, 0}, "HTTP/1.0");
  old.version = http::version::http2;
  refused(old, {}, "version");
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{0, 99, 600, 1000})
    refused(response(status), {}, "100 to 599");
}

BOOST_AUTO_TEST_CASE(chunks_are_framed_in_lower_case_hexadecimal) {
  BOOST_TEST(chunk_prefix(1) == "1\r\n");
  BOOST_TEST(chunk_prefix(8000) == "1f40\r\n");
  BOOST_TEST(chunk_prefix(SIZE_MAX) == "ffffffffffffffff\r\n");
  BOOST_TEST(chunk_suffix == "\r\n");
  BOOST_TEST(*last_chunk() == "0\r\n\r\n");
  BOOST_TEST(*last_chunk({{"Hash", "x"}}) == "0\r\nHash: x\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(fields_that_decide_how_to_read_a_message_are_no_trailers) {
  for (const auto* name : {"Content-Length",
                           "transfer-encoding",
                           "HOST",
                           "Trailer",
                           "TE",
                           "Connection",
                           "Content-Encoding",
                           "Content-Type",
                           "Content-Range",
                           "Set-Cookie",
                           "Authorization",
                           "Cache-Control",
                           "Expect",
                           "Range",
                           "Location",
                           "Age",
                           "Date",
                           "Vary",
                           "WWW-Authenticate",
                           "If-Match"}) {
    const auto written = last_chunk({{"A", "b"}, {name, "x"}});
    BOOST_TEST_REQUIRE(!written, name);
    BOOST_TEST((written.error().code == errc::invalid_request));
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again_as_it_was) {
  std::mt19937_64 random{feed::seed()};
  for (int i = 0; i < 200; ++i) {
    std::string text, body;
    const bool chunked = random() % 2 == 0;
    const auto pieces = random() % 4;
    for (std::uint64_t n = 0; n < pieces; ++n) {
      std::string piece(1 + random() % 300, static_cast<char>(random()));
      body += piece;
      text += chunked ? chunk_prefix(piece.size()) + piece + std::string{chunk_suffix} : piece;
    }
    if (chunked)
      text += *last_chunk({{"Hash", "x"}});
    const body_framing framing{chunked ? kind::chunked : kind::length, chunked ? 0 : body.size()};
    const http::fields fields{{"A", "b"}, {"C", "\xff d"}};
    const auto got =
        feed::response("GET", *serialize(response(200, fields), framing) + text, feed::random_pieces(random()), false);
    BOOST_TEST((got.ends == 1 && got.body == body && got.reusable && got.trailers.size() == (chunked ? 1 : 0)));
    const auto asked = feed::request(*serialize(request(fields), framing) + text, feed::random_pieces(random()));
    BOOST_TEST((asked.ends == 1 && asked.body == body && asked.reusable && asked.trailers.size() == (chunked ? 1 : 0)));
    BOOST_TEST(asked.events.starts_with("request GET http h:81 /p?q HTTP/1.1 [Host=h:81] [A=b] [C=\xff d]"),
               asked.events);
  }
}

BOOST_AUTO_TEST_SUITE_END()
