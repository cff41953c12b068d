// Tables of requests, each read whole, byte by byte, cut at random and with bytes after it, always to the same end.
#include "http1_feed.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http1;

namespace {

struct row {
  std::string text;
  std::string expected; // the events; for a failure, what its line must hold
};

std::string shown(std::string_view text) {
  std::string result;
  for (char c : text.substr(0, 300))
    result += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c == '\0' ? "\\0" : std::string(1, c);
  return result;
}

/// Reads whole and returns that, after making sure that no way of cutting changes anything.
feed::outcome read(const std::string& text, std::size_t messages = 1, const limits& bounds = {}) {
  const auto result = feed::request(text, feed::whole(), messages, bounds);
  auto same = [&](const char* how, const feed::outcome& other) {
    BOOST_TEST(!other.bad_step, how << ": " << shown(text));
    BOOST_TEST((other == result),
               how << ": " << shown(text) << "\n  whole: " << result.events << "\n  now: " << other.events);
  };
  same("whole", result);
  same("byte by byte", feed::request(text, feed::pieces(1), messages, bounds));
  for (std::uint64_t i = 0; i < 8; ++i)
    same("at random", feed::request(text, feed::random_pieces(feed::seed() + i), messages, bounds));
  if (result.ends < messages && !result.problem)
    return result; // what comes after is part of it
  for (const auto* more : {"G", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n", "0\r\n\r\n"})
    for (const auto& cut : {feed::whole(), feed::pieces(1), feed::random_pieces(feed::seed())})
      same("with more after it", feed::request(text + more, cut, messages, bounds));
  return result;
}

void accepted(const std::vector<row>& rows) {
  for (const auto& entry : rows) {
    const auto result = read(entry.text);
    BOOST_TEST(result.events == entry.expected, shown(entry.text) << "\n  gave: " << result.events);
    if (result.ends == 1)
      BOOST_TEST(result.taken == entry.text.size(), "bytes after the end were taken: " << shown(entry.text));
  }
}

void refused(errc code, const std::vector<row>& rows) {
  for (const auto& entry : rows) {
    const auto result = read(entry.text);
    BOOST_TEST((result.problem.code == code && result.problem.by == caused_by::remote),
               shown(entry.text) << "\n  gave: " << result.events);
    BOOST_TEST(result.ends == 0u);
    BOOST_TEST(result.problem.detail.find(entry.expected) != std::string::npos,
               shown(entry.text) << "\n  said: " << result.problem.detail);
  }
}

const std::string host = "Host: h\r\n";
const std::string get = "GET / HTTP/1.1\r\n" + host;
const std::string post = "POST / HTTP/1.1\r\n" + host;
const std::string post_seen = "request POST http h / HTTP/1.1 [Host=h]";

} // namespace

BOOST_AUTO_TEST_SUITE(http1_request)

BOOST_AUTO_TEST_CASE(a_request_line_is_a_method_a_target_and_a_version) {
  accepted({
      {get + "\r\n", "request GET http h / HTTP/1.1 [Host=h]\nend reusable\n"},
      {"pAtCh! /a?b=c%20&%zz~\" HTTP/1.1\r\n" + host + "\r\n",
       "request pAtCh! http h /a?b=c%20&%zz~\" HTTP/1.1 [Host=h]\nend reusable\n"},
      {"GET / HTTP/1.0\r\n\r\n", "request GET http  / HTTP/1.0\nend\n"},
      {"GET / HTTP/1.7\r\n" + host + "\r\n", "request GET http h / HTTP/1.1 [Host=h]\nend reusable\n"}, // RFC 9110 2.5
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "request GET http  / HTTP/1.0 [Connection=keep-alive]\nend reusable\n"},
  });
  refused(errc::malformed_status_line, {{"GET /\r\n", "single spaces"},
                                        {"GET\r\n", "single spaces"},
                                        {"GET  / HTTP/1.1\r\n", "single spaces"},
                                        {"GET /  HTTP/1.1\r\n", "single spaces"},
                                        {"GET / HTTP/1.1 \r\n", "single spaces"},
                                        {"GET /a b HTTP/1.1\r\n", "single spaces"},
                                        {" GET / HTTP/1.1\r\n", "single spaces"},
                                        {"GET\t/ HTTP/1.1\r\n", "single spaces"},
                                        {"GET / HTTP/1.\r\n", "version"},
                                        {"GET / HTTP/1.10\r\n", "version"},
                                        {"GET / HTTP/2.0\r\n", "version"},
                                        {"GET / http/1.1\r\n", "version"},
                                        {"GET / \r\n", "version"},
                                        {"GET / HTTP/1.1x\r\n", "version"},
                                        {" / HTTP/1.1\r\n", "token"},
                                        {"G(T / HTTP/1.1\r\n", "token"},
                                        {"G\xc3T / HTTP/1.1\r\n", "token"},
                                        {"GET  HTTP/1.1\r\n", "target"},
                                        {"GET /\x01 HTTP/1.1\r\n", "target"},
                                        {"GET /\xff HTTP/1.1\r\n", "target"},
                                        {"GET /\x7f HTTP/1.1\r\n", "target"},
                                        {"GET /\t HTTP/1.1\r\n", "target"},
                                        {std::string{"GET /\0 HTTP/1.1\r\n", 17}, "target"},
                                        {"GET a HTTP/1.1\r\n", "target"},
                                        {"GET * HTTP/1.1\r\n", "target"},
                                        {"GET / HTTP/1.1\n", "without CR"},
                                        {"GET /\r HTTP/1.1\r\n", "holds a CR"},
                                        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version"},
                                        {"\r\n\r\nGET / HTTP/1.1\r\n", "single spaces"},
                                        {"\nGET / HTTP/1.1\r\n", "without CR"}});
}

BOOST_AUTO_TEST_CASE(the_four_forms_of_a_target_give_authority_and_origin_form) {
  accepted({
      {"GET http://u:81/p?q HTTP/1.1\r\n" + host + "\r\n",
       "request GET http u:81 /p?q HTTP/1.1 [Host=h]\nend reusable\n"},
      {"GET HTTPS://u HTTP/1.1\r\n" + host + "\r\n", "request GET https u / HTTP/1.1 [Host=h]\nend reusable\n"},
      {"GET http://u?q HTTP/1.1\r\n" + host + "\r\n", "request GET http u /?q HTTP/1.1 [Host=h]\nend reusable\n"},
      {"GET /http://u HTTP/1.1\r\n" + host + "\r\n", "request GET http h /http://u HTTP/1.1 [Host=h]\nend reusable\n"},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "request OPTIONS http h * HTTP/1.1 [Host=h]\nend reusable\n"},
      {"CONNECT [::1]:443 HTTP/1.1\r\n" + host + "\r\n",
       "request CONNECT http [::1]:443 [::1]:443 HTTP/1.1 [Host=h]\nend reusable\n"},
      // A host that is a number has one reading: whoever vets the authority sees the address.
      {"CONNECT 0x7f.1:443 HTTP/1.1\r\n" + host + "\r\n",
       "request CONNECT http 127.0.0.1:443 127.0.0.1:443 HTTP/1.1 [Host=h]\nend reusable\n"},
      {"GET http://2130706433:81/p HTTP/1.1\r\n" + host + "\r\n",
       "request GET http 127.0.0.1:81 /p HTTP/1.1 [Host=h]\nend reusable\n"},
  });
  refused(errc::malformed_status_line, {{"GET ftp://u/ HTTP/1.1\r\n", "target"},
                                        {"GET http:///p HTTP/1.1\r\n", "target"},
                                        {"GET http://a@u/ HTTP/1.1\r\n", "target"},
                                        {"GET http:/u HTTP/1.1\r\n", "target"},
                                        {"CONNECT / HTTP/1.1\r\n", "target"},
                                        {"CONNECT h HTTP/1.1\r\n", "target"},
                                        {"CONNECT h: HTTP/1.1\r\n", "target"},
                                        {"CONNECT [::1] HTTP/1.1\r\n", "target"},
                                        {"CONNECT h:80:81 HTTP/1.1\r\n", "target"},
                                        {"CONNECT h:65536 HTTP/1.1\r\n", "target"},
                                        {"CONNECT 1.2.3.4.5:80 HTTP/1.1\r\n", "target"},
                                        {"CONNECT u:p@h:80 HTTP/1.1\r\n", "target"},
                                        {"GET http://256.1.1.1/ HTTP/1.1\r\n", "target"},
                                        {"GET http://a..b/ HTTP/1.1\r\n", "target"},
                                        {"GET h:80 HTTP/1.1\r\n", "target"}});
}

BOOST_AUTO_TEST_CASE(there_is_exactly_one_valid_host) {
  accepted({
      {"GET / HTTP/1.1\r\nhost: [::1]:80\r\n\r\n",
       "request GET http [::1]:80 / HTTP/1.1 [host=[::1]:80]\nend reusable\n"},
      {"GET / HTTP/1.1\r\nHost: 0177.1:080\r\n\r\n",
       "request GET http 127.0.0.1:80 / HTTP/1.1 [Host=0177.1:080]\nend reusable\n"},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "request GET http  / HTTP/1.1 [Host=]\nend reusable\n"},
      {"GET / HTTP/1.1\r\nHost: a_b.example:8080\r\n\r\n",
       "request GET http a_b.example:8080 / HTTP/1.1 [Host=a_b.example:8080]\nend reusable\n"},
  });
  refused(errc::malformed_header, {{"GET / HTTP/1.1\r\n\r\n", "has 0"},
                                   {get + host + "\r\n", "has 2"},
                                   {get + "hOST: other\r\n\r\n", "has 2"},
                                   {"GET / HTTP/1.0\r\n" + host + host + "\r\n", "has 2"},
                                   {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: a:80:81\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: [::1%25lo]\r\n\r\n", "invalid value"},
                                   {"GET / HTTP/1.1\r\nHost: 256.256.256.256\r\n\r\n", "invalid value"},
                                   {"GET http://u/ HTTP/1.1\r\n\r\n", "has 0"},
                                   {"GET http://u/ HTTP/1.1\r\nHost: a?b\r\n\r\n", "invalid value"}});
}

BOOST_AUTO_TEST_CASE(a_body_comes_by_length_or_in_chunks_or_not_at_all) {
  accepted({
      {post + "\r\n", post_seen + "\nend reusable\n"},
      {post + "Content-Length: 0\r\n\r\n", post_seen + " [Content-Length=0] of 0\nend reusable\n"},
      {post + "Content-Length: 3\r\n\r\nabc", post_seen + " [Content-Length=3] with body of 3\nbody\nend reusable\n"},
      {post + "Transfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nHash: y\r\nHost: z\r\n\r\n",
       post_seen + " [Transfer-Encoding=chunked] with body\nbody\nend reusable [Hash=y]\n"},
      {post + "Connection: close\r\nContent-Length: 1\r\n\r\nx",
       post_seen + " [Connection=close] [Content-Length=1] with body of 1\nbody\nend\n"},
      {post + "Content-Length: 3\r\n\r\nab", post_seen + " [Content-Length=3] with body of 3\nbody\n"},
  });
  BOOST_TEST(read(post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").body == "abcde");
}

BOOST_AUTO_TEST_CASE(nothing_can_be_smuggled) {
  const std::string te = "Transfer-Encoding: chunked\r\n", cl = "Content-Length: 5\r\n";
  refused(errc::malformed_framing, {
                                       {post + cl + te + "\r\n", "smuggling"},
                                       {post + te + cl + "\r\n", "smuggling"},
                                       {post + te + "Content-Length: 0\r\n\r\n", "smuggling"},
                                       {post + te + te + "\r\n", "exactly one"},
                                       {post + "Transfer-Encoding: chunked, chunked\r\n\r\n", "exactly one"},
                                       {post + "Transfer-Encoding:\r\n\r\n", "exactly one"},
                                       {"POST / HTTP/1.0\r\n" + te + "\r\n", "HTTP/1.0"},
                                       {post + cl + "Content-Length: 6\r\n\r\n", "'5, 6'"},
                                       {post + "Content-Length: +5\r\n\r\n", "'+5'"},
                                       {post + "Content-Length: -5\r\n\r\n", "'-5'"},
                                       {post + "Content-Length: 5,\r\n\r\n", "'5,'"},
                                       {post + "Content-Length:\r\n\r\n", "not one number"},
                                       {post + "Content-Length: 18446744073709551621\r\n\r\n", "not one number"},
                                       {post + te + "\r\n5\nhello", "line 1 of the chunk"},
                                       {post + te + "\r\n0x5\r\nhello", "after the size"},
                                       {post + te + "\r\n5\r\nhello\n", "not followed by CRLF"},
                                       {post + te + "\r\n5 \r\nhello\r\n", "after the size"},
                                       {post + te + "\r\n5;\nhello\r\n", "line 1 of the chunk"},
                                       {post + te + "\r\n10000000000000005\r\nhello\r\n", "2^63"},
                                   });
  refused(errc::unsupported_encoding, {{post + "Transfer-Encoding: xchunked\r\n\r\n", "'xchunked'"},
                                       {post + "Transfer-Encoding: gzip, chunked\r\n\r\n", "'gzip'"},
                                       {post + te + "Transfer-Encoding: cow\r\n\r\n", "'cow'"}});
  refused(errc::malformed_header,
          {
              {post + "Transfer-Encoding : chunked\r\n" + cl + "\r\n", "white space before the colon"},
              {post + "X: y\r\n " + te + "\r\n", "folding"},
              {post + " " + te + "\r\n", "folding"},
              {post
                   + "Transfer-Encoding:\x0b"
                     "chunked\r\n\r\n",
               "control character"},
              {post + "X: y\n" + te + "\r\n", "without CR"},
              {post + "X: y\r" + te + "\r\n", "holds a CR"},
              {post + std::string{"X: y\0z\r\n", 8} + "\r\n", "control character"},
              {post + "\r\r\n", "holds a CR"},
              {post + "\n", "without CR"},
              {post + te + "\r\n0\r\nX : y\r\n\r\n", "trailer"},
          });
}

BOOST_AUTO_TEST_CASE(what_is_tolerated_in_responses_is_refused_in_requests) {
  limits bare;
  bare.bare_lf = true;
  for (const auto& text : {"GET / HTTP/1.1\n" + host + "\r\n", get + "A: b\n\r\n", get + "A: b\r\n c\r\n\r\n",
                           post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n",
                           post + "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n"}) {
    const auto result = read(text, 1, bare);
    BOOST_TEST((result.problem && result.ends == 0), shown(text) << " gave " << result.events);
  }
}

BOOST_AUTO_TEST_CASE(only_a_request_with_a_body_expects_to_be_told_to_go_on) {
  auto expecting = [](const std::string& text) { return read(text).events.find(" expecting") != std::string::npos; };
  BOOST_TEST(expecting(post + "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n"));
  BOOST_TEST(expecting(post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"));
  BOOST_TEST(!expecting(post + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"));
  BOOST_TEST(!expecting(post + "Expect: other\r\nContent-Length: 3\r\n\r\n"));
  BOOST_TEST(!expecting("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(requests_follow_each_other_and_one_empty_line_between_them_is_ignored) {
  const std::string with_body = post + "Content-Length: 2\r\n\r\nab";
  const auto result = read(get + "\r\n" + with_body + "\r\n" + get + "\r\n\r\n" + with_body, 4);
  BOOST_TEST(result.ends == 4u);
  BOOST_TEST(result.body == "abab");
  BOOST_TEST(read(get + "\r\n\r\n\r\n", 2).problem.detail.find("single spaces") != std::string::npos);
  request_parser parser;
  BOOST_TEST(parser.idle());
  parser.parse(feed::bytes_of("\r\n"));
  BOOST_TEST(parser.idle());
  parser.parse(feed::bytes_of("G"));
  BOOST_TEST(!parser.idle());
}

BOOST_AUTO_TEST_CASE(each_limit_holds_at_its_bound_and_not_above) {
  const std::string te = "Transfer-Encoding: chunked\r\n\r\n";
  const auto a = [](std::size_t n) { return std::string(n, 'a'); };
  auto fits = [](const limits& bounds, const std::string& text) {
    BOOST_TEST(read(text, 1, bounds).ends == 1u, shown(text));
  };
  auto over = [](const limits& bounds, const std::string& text, const std::string& name) {
    const auto result = read(text, 1, bounds);
    BOOST_TEST((result.problem.code == errc::header_too_large), shown(text) << " gave " << result.events);
    BOOST_TEST(result.problem.detail.find("limit " + name) != std::string::npos, result.problem.detail);
  };
  limits l;
  l.start_line_bytes = 30;
  fits(l, "GET /" + a(14) + " HTTP/1.1\r\n" + host + "\r\n");
  over(l, "GET /" + a(15) + " HTTP/1.1\r\n" + host + "\r\n", "start_line_bytes");
  l = {};
  l.field_line_bytes = 30;
  fits(l, get + "A: " + a(25) + "\r\n\r\n");
  over(l, get + "A: " + a(26) + "\r\n\r\n", "field_line_bytes");
  l = {};
  l.head_bytes = get.size() + 30;
  fits(l, get + "A: " + a(23) + "\r\n\r\n");
  over(l, get + "A: " + a(24) + "\r\n\r\n", "head_bytes");
  l = {};
  l.field_count = 3;
  fits(l, get + "A:\r\nA:\r\n\r\n");
  over(l, get + "A:\r\nA:\r\nA:\r\n\r\n", "field_count");
  l = {};
  l.chunk_line_bytes = 20;
  fits(l, post + te + "0;" + a(16) + "\r\n\r\n");
  over(l, post + te + "0;" + a(17) + "\r\n\r\n", "chunk_line_bytes");
  l = {};
  l.trailer_bytes = 30;
  fits(l, post + te + "0\r\nA: " + a(23) + "\r\n\r\n");
  over(l, post + te + "0\r\nA: " + a(24) + "\r\n\r\n", "trailer_bytes");
}

BOOST_AUTO_TEST_CASE(a_request_cut_short_anywhere_never_looks_complete) {
  for (const auto& text : {get + "A: b\r\n\r\n", post + "Content-Length: 3\r\n\r\nabc",
                           post + "Transfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nHash: y\r\n\r\n"}) {
    const auto body_begin = text.find("\r\n\r\n") + 4;
    for (std::size_t n = 0; n < text.size(); ++n) {
      BOOST_TEST(read(text.substr(0, n)).ends == 0u, shown(text.substr(0, n)));
      request_parser parser;
      feed::drive(parser, std::string_view{text}.substr(0, n), feed::whole(), 1, feed::note_request{});
      const auto last = parser.finish();
      const auto code = std::get<failure>(last.what).code;
      BOOST_TEST((code
                  == (n == 0                    ? errc::connection_closed
                      : n >= body_begin         ? errc::truncated_body
                      : n < text.find('\n') + 1 ? errc::malformed_status_line
                                                : errc::malformed_header)),
                 shown(text.substr(0, n)) << " gave " << to_string(code));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
