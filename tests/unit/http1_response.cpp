// Tables of responses, each read whole, byte by byte, cut at random and with bytes after it, always to the same end.
#include "http1_feed.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::http1;

namespace {

struct row {
  std::string text;
  std::string expected; // the events; for a failure, what its line must hold
  std::string_view method = "GET";
  bool closed = false; // the transport ends after the text
};

std::string shown(std::string_view text) {
  std::string result;
  for (char c : text.substr(0, 300))
    result += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c == '\0' ? "\\0" : std::string(1, c);
  return result;
}

/// Reads the row whole and returns that, after making sure that no way of cutting it changes anything.
feed::outcome read(const row& response, const limits& bounds = {}) {
  const auto result = feed::response(response.method, response.text, feed::whole(), response.closed, bounds);
  auto same = [&](const char* how, const feed::outcome& other) {
    BOOST_TEST(!other.bad_step, how << ": " << shown(response.text));
    BOOST_TEST((other == result),
               how << ": " << shown(response.text) << "\n  whole: " << result.events << "\n  now: " << other.events);
  };
  same("whole", result);
  same("byte by byte", feed::response(response.method, response.text, feed::pieces(1), response.closed, bounds));
  same("two by two", feed::response(response.method, response.text, feed::pieces(2), response.closed, bounds));
  for (std::uint64_t i = 0; i < 8; ++i)
    same("at random", feed::response(response.method, response.text, feed::random_pieces(feed::seed() + i),
                                     response.closed, bounds));
  if (response.closed || (result.ends == 0 && !result.problem))
    return result; // what comes after is part of it
  for (const auto* more : {"H", "HTTP/1.1 200 OK\r\n\r\n", "\r\n", "0\r\n\r\n"})
    for (const auto& cut : {feed::whole(), feed::pieces(1), feed::random_pieces(feed::seed())})
      same("with more after it", feed::response(response.method, response.text + more, cut, false, bounds));
  return result;
}

void accepted(const std::vector<row>& rows) {
  for (const auto& entry : rows) {
    const auto result = read(entry);
    BOOST_TEST(result.events == entry.expected, shown(entry.text) << "\n  gave: " << result.events);
    if (!entry.closed && result.ends == 1)
      BOOST_TEST(result.taken == entry.text.size(), "bytes after the end were taken: " << shown(entry.text));
  }
}

void refused(errc code, const std::vector<row>& rows, caused_by by = caused_by::remote) {
  for (const auto& entry : rows) {
    const auto result = read(entry);
    BOOST_TEST((result.problem.code == code && result.problem.by == by), shown(entry.text)
                                                                             << "\n  gave: " << result.events);
    BOOST_TEST(result.ends == 0u);
    BOOST_TEST(result.problem.detail.find(entry.expected) != std::string::npos,
               shown(entry.text) << "\n  said: " << result.problem.detail);
  }
}

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string head_ok = "head HTTP/1.1 200 'OK'";

} // namespace

BOOST_AUTO_TEST_SUITE(http1_response)

BOOST_AUTO_TEST_CASE(a_status_line_is_a_version_a_status_and_perhaps_a_reason) {
  accepted({
      {"HTTP/1.1 204 No Content\r\n\r\n", "head HTTP/1.1 204 'No Content'\nend reusable\n"},
      {"HTTP/1.1 204 \r\n\r\n", "head HTTP/1.1 204 ''\nend reusable\n"},
      {"HTTP/1.1 204\r\n\r\n", "head HTTP/1.1 204 ''\nend reusable\n"},
      {"HTTP/1.0 204 x\r\n\r\n", "head HTTP/1.0 204 'x'\nend\n"},
      {"HTTP/1.1 599 a\tb  c\r\nContent-Length: 0\r\n\r\n",
       "head HTTP/1.1 599 'a\tb  c' [Content-Length=0] of 0\nend reusable\n"},
      {"HTTP/1.1 204 \xe4\xff\r\n\r\n", "head HTTP/1.1 204 '\xe4\xff'\nend reusable\n"},
      // Statuses beyond those defined are for the user to treat as 5xx (RFC 9110 section 15), and have bodies.
      {"HTTP/1.1 600 x\r\nContent-Length: 1\r\n\r\nx",
       "head HTTP/1.1 600 'x' [Content-Length=1] with body of 1\nbody\nend reusable\n"},
      {"HTTP/1.1 999\r\nContent-Length: 0\r\n\r\n", "head HTTP/1.1 999 '' [Content-Length=0] of 0\nend reusable\n"},
      // A minor version above ours is read as ours (RFC 9110 section 2.5).
      {"HTTP/1.2 204 x\r\n\r\n", "head HTTP/1.1 204 'x'\nend reusable\n"},
      {"HTTP/1.9 200 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "head HTTP/1.1 200 'x' [Transfer-Encoding=chunked] with body\nend reusable\n"},
  });
  refused(errc::malformed_status_line, {{"HTTP/1.1 099 x\r\n", "100 to 999"},
                                        {"HTTP/1.1 000 x\r\n", "100 to 999"},
                                        {"HTTP/1.1 20 x\r\n", "three-digit"},
                                        {"HTTP/1.1 2000 x\r\n", "three-digit"},
                                        {"HTTP/1.1  200 OK\r\n", "three-digit"},
                                        {"HTTP/1.1\t200 OK\r\n", "three-digit"},
                                        {"HTTP/1.1 200\tOK\r\n", "status"},
                                        {"HTTP/1.1 +20 OK\r\n", "status"},
                                        {"HTTP/1.1 200OK\r\n", "status"},
                                        {"HTTP/1.1200 OK\r\n", "status"},
                                        {"HTTP/1.1 \r\n", "status"},
                                        {"HTTP/1.1\r\n", "status"},
                                        {"HTTP/1.x 200 OK\r\n", "version"},
                                        {"HTTP/1.10 200 OK\r\n", "status"},
                                        {"HTTP/2 200 OK\r\n", "version"},
                                        {"HTTP/0.9 200 OK\r\n", "version"},
                                        {"HTTP/1. 200 OK\r\n", "version"},
                                        {"HTTP/11 200 OK\r\n", "version"},
                                        {"http/1.1 200 OK\r\n", "does not start"},
                                        {" HTTP/1.1 200 OK\r\n", "does not start"},
                                        {"\r\n\r\n\r\n\r\n\r\n", "limit empty_lines"},
                                        {"\r\n \r\n", "does not start"},
                                        {"SSH-2.0-OpenSSH_9\r\n", "'SSH-2.0-OpenSSH_9'"},
                                        {"ICY 200 OK\r\n", "does not start"},
                                        {"HTTP/1.1 200 O\x01K\r\n", "control character"},
                                        {"HTTP/1.1 200 O\x7fK\r\n", "control character"},
                                        {std::string{"HTTP/1.1 200 O\0K\r\n", 18}, "control character"},
                                        {"HTTP/1.1 200 OK\n", "without CR"},
                                        {"HTTP/1.1 200 O\rK\r\n", "holds a CR"},
                                        {"HTTP/1.1 200 OK\r\r\n", "holds a CR"},
                                        {"\n", "without CR"}});
}

BOOST_AUTO_TEST_CASE(field_lines_are_read_as_rfc_9112_says) {
  accepted({
      {ok + "A: b\r\nContent-Length:0\r\n\r\n", head_ok + " [A=b] [Content-Length=0] of 0\nend reusable\n"},
      {ok + "content-LENGTH: \t 0 \t\r\nA:\r\nA: \r\nA: x  y\r\n\r\n",
       head_ok + " [content-LENGTH=0] [A=] [A=] [A=x  y] of 0\nend reusable\n"},
      {ok + "!#$%&'*+-.^_`|~aZ09: \xc3\xa4 \xff:;\"\r\nContent-Length: 0\r\n\r\n",
       head_ok + " [!#$%&'*+-.^_`|~aZ09=\xc3\xa4 \xff:;\"] [Content-Length=0] of 0\nend reusable\n"},
  });
  refused(errc::malformed_header, {{ok + "A : b\r\n", "line 2 of the head"},
                                   {ok + "A\t: b\r\n", "white space"},
                                   {ok + ": b\r\n", "not a token"},
                                   {ok + "A b\r\n", "no colon"},
                                   {ok + "A\r\n", "no colon"},
                                   {ok + "A(: b\r\n", "not a token"},
                                   {ok + "\xc3\xa4: b\r\n", "not a token"},
                                   {ok + "A: b\r\n c\x01\r\n", "line 3 of the head"},
                                   {ok + "A: b\r\n\tc\rd\r\n", "holds a CR"},
                                   {ok + "A: b\r\n c\n", "without CR"},
                                   {ok + " A: b\r\n", "folding"},
                                   {ok + " \r\n", "folding"},
                                   {ok + std::string{"A: b\0c\r\n", 8}, "(A) has a control character"},
                                   {ok + std::string{"A\0: bc\r\n", 8}, "not a token"},
                                   {ok + "A: b\x01\r\n", "control character"},
                                   {ok + "A: b\x7f\r\n", "control character"},
                                   {ok + "A: b\x0b\r\n", "control character"},
                                   {ok + "A: b\n", "without CR"},
                                   {ok + "A: b\r\n\n", "without CR"},
                                   {ok + "A: b\rC: d\r\n", "holds a CR"},
                                   {ok + "A: b\r\r\n", "holds a CR"},
                                   {ok + "\r\r\n", "holds a CR"},
                                   {ok + "A: b\n\rC: d\r\n", "without CR"}});
}

BOOST_AUTO_TEST_CASE(a_body_of_known_length_ends_there) {
  accepted({
      {ok + "Content-Length: 5\r\n\r\nhello", head_ok + " [Content-Length=5] with body of 5\nbody\nend reusable\n"},
      {ok + "Content-Length: 5, 5\r\nContent-Length: 05\r\n\r\nhello",
       head_ok + " [Content-Length=5, 5] [Content-Length=05] with body of 5\nbody\nend reusable\n"},
      {ok + "Content-Length: 9223372036854775807\r\n\r\nx",
       head_ok + " [Content-Length=9223372036854775807] with body of 9223372036854775807\nbody\n"},
      {ok + "Content-Length: 1\r\n\r\n\n", head_ok + " [Content-Length=1] with body of 1\nbody\nend reusable\n"},
  });
  BOOST_TEST(read({ok + "Content-Length: 5\r\n\r\nhello", ""}).body == "hello");
  std::vector<row> rows;
  for (const auto* value :
       {"", "-1", "+5", "5;", "5,", ",5", "5,,5", ",", "5 5", "5,6", "0x5", "5.0", "five", "9223372036854775808",
        "18446744073709551616", "99999999999999999999999999", "\xb2", "5\t5", "\"5\""})
    rows.push_back({ok + "Content-Length: " + value + "\r\n\r\n", "not one number"});
  rows.push_back({ok + "Content-Length: 5\r\nA: b\r\nContent-Length: 6\r\n\r\n", "'5, 6'"});
  rows.push_back({ok + "Content-Length: 5\r\nContent-Length: \r\n\r\n", "not one number"});
  refused(errc::malformed_framing, rows);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_ends_with_its_last_chunk_and_trailers) {
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n",
                    head = head_ok + " [Transfer-Encoding=chunked] with body\n";
  accepted({
      {chunked + "0\r\n\r\n", head + "end reusable\n"},
      {chunked + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", head + "body\nend reusable\n"},
      {chunked + "00000000000000000000A\r\n0123456789\r\n000\r\n\r\n", head + "body\nend reusable\n"},
      {chunked + "a;x\r\n0123456789\r\n0;a=\"b\"; c \t;d=\xff\r\n\r\n", head + "body\nend reusable\n"},
      {chunked + "1 \t;x\r\n\n\r\n0\r\n\r\n", head + "body\nend reusable\n"},
      {chunked + "5   \r\nhello\r\n1\t\r\n!\r\n0 \t \r\n\r\n", head + "body\nend reusable\n"}, // filled up
      {chunked + "2\r\n\r\n\r\n0\r\n\r\n", head + "body\nend reusable\n"},
      {chunked + "0\r\nHash: x\r\nB:\r\n\r\n", head + "end reusable [Hash=x] [B=]\n"},
      // Fields that would have changed how the message is read or what it means are dropped.
      {chunked
           + "0\r\nContent-Length: 5\r\ntransfer-encoding: chunked\r\nSet-Cookie: a=b\r\nHost: y\r\nTRAILER: "
             "z\r\nConnection: close\r\nContent-Encoding: gzip\r\nHash: x\r\n\r\n",
       head + "end reusable [Hash=x]\n"},
      {ok + "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n",
       head_ok + " [transfer-encoding=CHUNKED] with body\nend reusable\n"},
  });
  const auto two = read({chunked + "5\r\nhello\r\n2\r\n\r\n\r\n0\r\n\r\n", ""});
  BOOST_TEST(two.body == "hello\r\n");
  std::vector<row> rows;
  for (const auto* size_line : {"", " 5", "\t5", "-5", "+5", "0x5", "g", "5g", "5 x", "5,", "\"5\"", "x5", ";", "\xff",
                                "8000000000000000", "10000000000000000", "fffffffffffffffff", "5;a\x01", "5;\x7f"})
    rows.push_back({chunked + size_line + "\r\n", "chunk size line"});
  rows.push_back({chunked + std::string{"5;a\0b\r\n", 7}, "chunk size line"});
  for (const auto* chunk_text : {"5\nhello\r\n", "5;a\nhello", "5\r\r\n", "5;a\rb\r\n"})
    rows.push_back({chunked + chunk_text, "line 1 of the chunk"});
  for (const auto* chunk_end :
       {"5\r\nhello!", "5\r\nhello\n", "5\r\nhello\rx", "5\r\nhello0\r\n\r\n", "5\r\nhello\r\r\n", "5\r\nhello \r\n"})
    rows.push_back({chunked + chunk_end, "after 5 body bytes"});
  refused(errc::malformed_framing, rows);
  refused(errc::malformed_header, {{chunked + "0\r\nA : b\r\n", "line 1 of the trailer section"},
                                   {chunked + "0\r\n c\r\n", "line 1 of the trailer section"},
                                   {chunked + "0\r\n\n", "without CR"},
                                   {chunked + "0\r\nA: b\n", "without CR"},
                                   {chunked + "0\r\nA: \rb\r\n", "holds a CR"},
                                   {chunked + "0\r\nA\r\n", "no colon"}});
}

BOOST_AUTO_TEST_CASE(nothing_can_be_smuggled) {
  refused(errc::malformed_framing,
          {
              {ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "smuggling"},
              {ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "smuggling"},
              {ok + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", "smuggling"},
              {ok + "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n", "smuggling"},
              {ok + "Transfer-Encoding: chunked, chunked\r\n\r\n", "exactly one"},
              {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "exactly one"},
              {ok + "Transfer-Encoding:\r\n\r\n", "exactly one"},
              {ok + "Transfer-Encoding: ,chunked\r\n\r\n", "exactly one"},
              {ok + "Transfer-Encoding: chunked,\r\n\r\n", "exactly one"},
              {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0"},
          });
  refused(errc::unsupported_encoding,
          {
              {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer coding 'gzip'"},
              {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", "'identity'"},
              {ok + "Transfer-Encoding: xchunked\r\n\r\n", "'xchunked'"},
              {ok + "Transfer-Encoding: chunked;a=b\r\n\r\n", "'chunked;a=b'"},
              {ok + "Transfer-Encoding: \"chunked\"\r\n\r\n", "not supported"},
              {ok + "Transfer-Encoding: chunked x\r\n\r\n", "'chunked x'"},
          });
  refused(errc::malformed_header,
          {
              {ok
                   + "Transfer-Encoding: \x0b"
                     "chunked\r\n\r\n",
               "control character"},
              {ok + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n", "white space before the colon"},
              {ok + "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", "folding"},
              {ok + "X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "holds a CR"},
              {ok + "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "without CR"},
          });
}

BOOST_AUTO_TEST_CASE(a_body_without_framing_fields_ends_with_the_connection) {
  accepted({
      {ok + "\r\n", head_ok + " with body\n"},
      {ok + "\r\nabc\r\n\r\n0\r\n", head_ok + " with body\nbody\n"},
      {ok + "\r\n", head_ok + " with body\nend by close\n", "GET", true},
      {ok + "\r\nabc", head_ok + " with body\nbody\nend by close\n", "GET", true},
      {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc",
       "head HTTP/1.0 200 'OK' [Connection=keep-alive] with body\nbody\nend by close\n", "GET", true},
  });
}

BOOST_AUTO_TEST_CASE(some_responses_have_no_body_whatever_their_fields_say) {
  accepted({
      {ok + "Content-Length: 5\r\n\r\n", head_ok + " [Content-Length=5]\nend reusable\n", "HEAD"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n", head_ok + " [Transfer-Encoding=chunked]\nend reusable\n", "HEAD"},
      {ok + "\r\n", head_ok + "\nend reusable\n", "HEAD"},
      {ok + "Transfer-Encoding: gzip\r\nContent-Length: x\r\n\r\n",
       head_ok + " [Transfer-Encoding=gzip] [Content-Length=x]\nend\n", "HEAD"},
      {ok + "Content-Length: 5\r\n\r\n", head_ok + " [Content-Length=5]\nend\n", "CONNECT"}, // a tunnel follows
      {"HTTP/1.1 407 x\r\nContent-Length: 1\r\n\r\nx",
       "head HTTP/1.1 407 'x' [Content-Length=1] with body of 1\nbody\nend reusable\n", "CONNECT"},
      {"HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n", "head HTTP/1.1 204 'x' [Content-Length=5]\nend reusable\n"},
      {"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n",
       "head HTTP/1.1 304 'x' [Transfer-Encoding=chunked]\nend reusable\n"},
      {ok + "Content-Length: 5\r\nConnection: close\r\n\r\n", head_ok + " [Content-Length=5] [Connection=close]\nend\n",
       "HEAD"},
      {ok + "Content-Length: 0\r\n\r\n", head_ok + " [Content-Length=0] of 0\nend reusable\n",
       "head"}, // methods have case
  });
}

BOOST_AUTO_TEST_CASE(interim_responses_come_before_the_final_one) {
  accepted({
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103\r\nLink: x\r\nContent-Length: 7\r\n\r\n" + ok
           + "Content-Length: 0\r\n\r\n",
       "interim HTTP/1.1 100 'Continue'\ninterim HTTP/1.1 103 '' [Link=x] [Content-Length=7]\n" + head_ok
           + " [Content-Length=0] of 0\nend reusable\n"},
      {"HTTP/1.1 199 x\r\nTransfer-Encoding: gzip\r\n\r\nHTTP/1.1 304\r\n\r\n",
       "interim HTTP/1.1 199 'x' [Transfer-Encoding=gzip]\nhead HTTP/1.1 304 ''\nend reusable\n"},
  });
  refused(errc::unsupported_protocol, {{"HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n", "101"}});
}

BOOST_AUTO_TEST_CASE(obsolete_line_folding_is_one_space) {
  const std::string length = "Content-Length: 0\r\n", seen = " [Content-Length=0] of 0\nend reusable\n";
  accepted({
      {ok + "A: b\r\n c\r\n" + length + "\r\n", head_ok + " [A=b c]" + seen},
      {ok + "A: b \t\r\n \t c\t\r\n\td\r\n" + length + "\r\n", head_ok + " [A=b c d]" + seen},
      {ok + "A:\r\n b\r\n" + length + "\r\n", head_ok + " [A=b]" + seen},
      {ok + "A: b\r\n \r\n\t\r\n c\r\n" + length + "\r\n", head_ok + " [A=b c]" + seen},
      {ok + length + "A: b\r\n C: d\r\n\r\n", head_ok + " [Content-Length=0] [A=b C: d] of 0\nend reusable\n"},
      {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nHash: x\r\n y\r\n\r\n",
       head_ok + " [Transfer-Encoding=chunked] with body\nend reusable [Hash=x y]\n"},
      {"HTTP/1.1 103 x\r\nLink: a\r\n b\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
       "interim HTTP/1.1 103 'x' [Link=a b]\nhead HTTP/1.1 204 'x'\nend reusable\n"},
  });
  refused(errc::malformed_header, {{ok + "Content-Length:\r\n 5\r\n\r\n", "where the message ends"},
                                   {ok + "Content-Length: 5\r\n 6\r\n\r\n", "where the message ends"},
                                   {ok + "transfer-encoding: chunked\r\n\t\r\n\r\n", "where the message ends"}});
  limits l;
  l.field_line_bytes = 30;
  const auto fold = [&](std::size_t n) { return ok + length + "A: b\r\n " + std::string(n, 'c') + "\r\n\r\n"; };
  BOOST_TEST(read({fold(23), ""}, l).ends == 1u);
  const auto result = read({fold(24), ""}, l);
  BOOST_TEST((result.problem.code == errc::header_too_large
              && result.problem.detail.find("limit field_line_bytes") != std::string::npos),
             result.events);
}

BOOST_AUTO_TEST_CASE(a_few_empty_lines_before_a_status_line_are_skipped) {
  accepted({
      {"\r\nHTTP/1.1 204 x\r\n\r\n", "head HTTP/1.1 204 'x'\nend reusable\n"},
      {"\r\n\r\n\r\n\r\nHTTP/1.1 204 x\r\n\r\n", "head HTTP/1.1 204 'x'\nend reusable\n"},
      {"\r\nHTTP/1.1 100 x\r\n\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
       "interim HTTP/1.1 100 'x'\nhead HTTP/1.1 204 'x'\nend reusable\n"},
      {"\r\n", ""},
  });
  // Those of all interim responses count together.
  refused(errc::malformed_status_line, {{"\r\n\r\n\r\nHTTP/1.1 100 x\r\n\r\n\r\n\r\n", "limit empty_lines"}});
  limits none;
  none.empty_lines = 0;
  BOOST_TEST((read({"\r\n", ""}, none).problem.code == errc::malformed_status_line));
  response_parser parser;
  parser.begin("GET");
  parser.parse(feed::bytes_of("\r\n"));
  BOOST_TEST(!parser.started()); // an empty line is nothing of a response
  BOOST_TEST((std::get<failure>(parser.finish().what).code == errc::connection_closed));
}

BOOST_AUTO_TEST_CASE(a_bare_lf_ends_a_line_only_where_the_limits_say_so) {
  limits bare;
  bare.bare_lf = true;
  const std::string texts[] = {
      "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
      "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5\r\n\nhello",
      "HTTP/1.1 100 x\n\nHTTP/1.1 200 OK\nA: b\n c\nContent-Length: 5\n\nhello",
      "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhe\r\n3;x\nllo\r\n0\r\nHash: x\n\n",
      "\n\nHTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
  };
  for (const auto& text : texts) {
    const auto with = read({text, ""}, bare), without = read({text, ""});
    BOOST_TEST((with.ends == 1 && with.body == "hello" && !with.problem), shown(text) << " gave " << with.events);
    BOOST_TEST((without.ends == 0 && without.problem), shown(text) << " gave " << without.events);
  }
  for (const auto& text :
       {ok + "A: b\rC: d\n", ok + "\r\r\n", ok + "A\n: b\n", ok + "Transfer-Encoding: chunked\n\n5\nhello\r0\n",
        ok + "Transfer-Encoding: chunked\n\n5\nhello\r\r\n"}) {
    const auto result = read({text, ""}, bare);
    BOOST_TEST((result.ends == 0 && result.problem), shown(text) << " gave " << result.events);
  }
}

// A proxy that takes LF for a line end sees another response in these than one that does not: they are refused.
BOOST_AUTO_TEST_CASE(a_response_with_bare_lf_and_chunks_is_never_read_in_two_ways) {
  const std::string chunked = ok + "Transfer-Encoding: chunked\r\n";
  for (const auto& text : {
           chunked + "A: b\nContent-Length: 5\r\n\r\n0\r\n\r\n",
           ok + "A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           ok + "Content-Length: 5\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           chunked + "\n0\r\n\r\n",
           chunked + "\r\n5\nhello\r\n0\r\n\r\n",
           chunked + "\r\n5;x\nhello\r\n0\r\n\r\n",
           chunked + "\r\n5\r\nhello\n0\r\n\r\n",
           chunked + "\r\n5\r\nhello\r\n0\n\r\n",
           chunked + "\r\n5\r\nhello\r\n0\r\n\n",
           chunked + "\r\n0\r\nA: b\n\r\n",
       }) {
    const auto result = read({text, ""});
    BOOST_TEST(
        (result.ends == 0 && result.problem.by == caused_by::remote && result.problem.code != errc::truncated_body),
        shown(text) << " gave " << result.events);
  }
}

BOOST_AUTO_TEST_CASE(another_protocol_is_told_by_its_first_bytes) {
  const std::string alert{"\x15\x03\x01\x00\x02\x02\x46", 7}, hello{"\x16\x03\x03\x00\x7a\x02", 6};
  const std::string settings{"\0\0\x12\4\0\0\0\0\0", 9}, empty_settings{"\0\0\0\4\0\0\0\0\0", 9};
  refused(errc::unsupported_protocol, {{alert, "this port speaks TLS, use https://"},
                                       {alert, "TLS", "GET", true},
                                       {hello, "use https://"},
                                       {"\x15\x03\n\n", "use https://"},
                                       {"\r\n" + alert, "use https://"},
                                       {"HTTP/1.1 100 x\r\n\r\n" + alert, "use https://"},
                                       {settings, "this port speaks HTTP/2 only"},
                                       {empty_settings + "rest", "HTTP/2"},
                                       {"\r\n" + settings + "rest", "HTTP/2"}});
  refused(errc::malformed_status_line, {{"\x15\x04\r\n", "does not start"}, {"PRI * HTTP/2.0\r\n", "does not start"}});
  // A TLS port of nginx answers plain HTTP in plain HTTP: that is a response like others.
  accepted({{"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
             "head HTTP/1.1 400 'Bad Request' [Content-Length=0] [Connection=close] of 0\nend\n"}});
}

BOOST_AUTO_TEST_CASE(the_connection_is_reusable_only_if_both_version_and_fields_say_so) {
  const std::vector<std::tuple<const char*, const char*, bool>> cases{
      {"HTTP/1.1", "", true},
      {"HTTP/1.1", "Connection: close\r\n", false},
      {"HTTP/1.1", "Connection: Upgrade, CLOSE\r\n", false},
      {"HTTP/1.1", "Connection: keep-alive\r\nConnection: x,,close\r\n", false},
      {"HTTP/1.1", "Connection: closed\r\n", true},
      {"HTTP/1.0", "", false},
      {"HTTP/1.0", "Connection: Keep-Alive\r\n", true},
      {"HTTP/1.0", "Connection: keep-alive, close\r\n", false}};
  for (auto [version, field, reusable] : cases)
    BOOST_TEST(read({std::string{version} + " 200 OK\r\n" + field + "Content-Length: 1\r\n\r\nx", ""}).reusable
                   == reusable,
               version << " " << field);
}

BOOST_AUTO_TEST_CASE(each_limit_holds_at_its_bound_and_not_above) {
  const std::string length = "Content-Length: 0\r\n", chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const auto a = [](std::size_t n) { return std::string(n, 'a'); };
  auto fits = [](const limits& bounds, const std::string& text) {
    BOOST_TEST(read({text, ""}, bounds).ends == 1u, shown(text));
  };
  auto over = [](const limits& bounds, const std::string& text, const std::string& name, std::size_t value,
                 errc code = errc::header_too_large) {
    const auto result = read({text, ""}, bounds);
    BOOST_TEST((result.problem.code == code && result.problem.by == caused_by::remote),
               shown(text) << " gave " << result.events);
    BOOST_TEST(result.problem.detail.find("limit " + name) != std::string::npos, result.problem.detail);
    BOOST_TEST(result.problem.detail.find(std::to_string(value)) != std::string::npos, result.problem.detail);
  };
  limits l;
  l.start_line_bytes = 30;
  fits(l, "HTTP/1.1 200 " + a(15) + "\r\n" + length + "\r\n");
  over(l, "HTTP/1.1 200 " + a(16) + "\r\n" + length + "\r\n", "start_line_bytes", 30);
  over(l, a(31), "start_line_bytes", 30);
  BOOST_TEST(!read({a(30), ""}, l).problem);
  l = {};
  l.field_line_bytes = 30;
  fits(l, ok + length + "A: " + a(25) + "\r\n\r\n");
  over(l, ok + length + "A: " + a(26) + "\r\n\r\n", "field_line_bytes", 30);
  over(l, ok + a(31), "field_line_bytes", 30);
  fits(l, ok + chunked + "0\r\nA: " + a(25) + "\r\n\r\n");
  over(l, ok + chunked + "0\r\nA: " + a(26) + "\r\n\r\n", "field_line_bytes", 30);
  l = {};
  l.head_bytes = ok.size() + length.size() + 30;
  fits(l, ok + length + "A: " + a(23) + "\r\n\r\n");
  over(l, ok + length + "A: " + a(24) + "\r\n\r\n", "head_bytes", l.head_bytes);
  over(l, ok + length + "A: " + a(40), "head_bytes", l.head_bytes);
  over(l, "HTTP/1.1 200 " + a(400), "head_bytes", l.head_bytes);
  fits(l, "HTTP/1.1 103\r\nA: " + a(30) + "\r\n\r\n" + ok + length + "A: " + a(23) + "\r\n\r\n");
  l = {};
  l.field_count = 3;
  fits(l, ok + length + "A:\r\nA:\r\n\r\n");
  over(l, ok + length + "A:\r\nA:\r\nA:\r\n\r\n", "field_count", 3);
  fits(l, ok + chunked + "0\r\nA:\r\nA:\r\nA:\r\n\r\n");
  over(l, ok + chunked + "0\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n", "field_count", 3);
  l = {};
  l.chunk_line_bytes = 20;
  fits(l, ok + chunked + "1;" + a(16) + "\r\nx\r\n0;" + a(16) + "\r\n\r\n");
  over(l, ok + chunked + "1;" + a(17) + "\r\nx\r\n0\r\n\r\n", "chunk_line_bytes", 20);
  over(l, ok + chunked + "1\r\nx\r\n0;" + a(17) + "\r\n\r\n", "chunk_line_bytes", 20);
  over(l, ok + chunked + std::string(21, '0'), "chunk_line_bytes", 20);
  l = {};
  l.trailer_bytes = 30;
  fits(l, ok + chunked + "0\r\nA: b\r\nA: " + a(17) + "\r\n\r\n");
  over(l, ok + chunked + "0\r\nA: b\r\nA: " + a(18) + "\r\n\r\n", "trailer_bytes", 30);
  over(l, ok + chunked + "0\r\n" + a(31), "trailer_bytes", 30);
  l = {};
  l.interim_responses = 2;
  const std::string interim = "HTTP/1.1 100\r\n\r\n";
  fits(l, interim + interim + ok + length + "\r\n");
  over(l, interim + interim + interim, "interim_responses", 2, errc::too_many_interim_responses);
}

BOOST_AUTO_TEST_CASE(a_message_cut_short_anywhere_never_looks_complete) {
  const std::string interim = "HTTP/1.1 103 x\r\nA: b\r\n\r\n";
  const std::string heads[] = {ok + "Content-Length: 7\r\n\r\n", ok + "Content-Length: 0\r\n\r\n",
                               ok + "Transfer-Encoding: chunked\r\n\r\n",
                               interim + ok + "Transfer-Encoding: chunked\r\n\r\n"};
  const std::string bodies[] = {"hello\r\n", "", "5;x\r\nhello\r\n2\r\n\r\n\r\n0\r\n\r\n",
                                "5\r\nhello\r\n0;x\r\nHash: x\r\n\r\n"};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto text = heads[i] + bodies[i];
    const auto before = i == 3 ? interim.size() : 0;
    for (std::size_t n = 0; n < text.size(); ++n) {
      const auto result = read({text.substr(0, n), "", "GET", true});
      BOOST_TEST(result.ends == 0u, shown(text.substr(0, n)));
      BOOST_TEST((result.problem.by == caused_by::transport));
      const auto code = n == 0 || n == before                  ? errc::connection_closed
                        : n >= heads[i].size()                 ? errc::truncated_body
                        : n < before + ok.size() && n > before ? errc::malformed_status_line
                                                               : errc::malformed_header;
      if (n >= before)
        BOOST_TEST((result.problem.code == code), shown(text.substr(0, n)) << " gave " << result.events);
    }
    BOOST_TEST(read({text, "", "GET", true}).ends == 1u);
  }
  // A close-delimited body is complete at any length, its head is not.
  for (std::size_t n = 0; n < ok.size() + 2; ++n)
    BOOST_TEST(read({(ok + "\r\n").substr(0, n), "", "GET", true}).ends == 0u);
  refused(errc::truncated_body,
          {{heads[0] + "hel", "3 body bytes: 4 of 7 are missing", "GET", true},
           {heads[2] + "5\r\nhel", "2 bytes of a chunk", "GET", true},
           {heads[2] + "5\r\nhello\r\n", "last chunk is missing", "GET", true},
           {heads[2] + "0\r\n", "trailer section", "GET", true}},
          caused_by::transport);
}

BOOST_AUTO_TEST_CASE(bytes_that_no_request_asked_for_are_a_failure) {
  response_parser fresh;
  BOOST_TEST(std::holds_alternative<need_more>(fresh.parse({}).what));
  auto early = fresh.parse(feed::bytes_of("H"));
  BOOST_TEST((std::get<failure>(early.what).code == errc::unexpected_data && early.consumed == 0));
  response_parser parser;
  parser.begin("HEAD");
  const std::string text = ok + "\r\nrest";
  auto head_step = parser.parse(feed::bytes_of(text));
  BOOST_TEST(head_step.consumed == text.size() - 4);
  auto last = parser.parse(feed::bytes_of("rest"));
  BOOST_TEST((std::holds_alternative<end>(last.what) && last.consumed == 0 && parser.idle()));
  BOOST_TEST((std::get<failure>(parser.parse(feed::bytes_of("rest")).what).code == errc::unexpected_data));
  parser.begin("GET"); // a failure stays
  BOOST_TEST((std::get<failure>(parser.parse(feed::bytes_of(ok)).what).code == errc::unexpected_data));
}

BOOST_AUTO_TEST_CASE(the_parser_tells_where_it_is) {
  response_parser parser;
  BOOST_TEST((parser.idle() && !parser.started()));
  parser.begin("GET");
  BOOST_TEST((!parser.idle() && !parser.started() && !parser.remaining()));
  parser.parse(feed::bytes_of("H"));
  BOOST_TEST(parser.started());
  parser.parse(feed::bytes_of("TTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  BOOST_TEST((parser.remaining() == 5u && !parser.delimited_by_close()));
  parser.parse(feed::bytes_of("hel"));
  BOOST_TEST((parser.remaining() == 2u && !parser.idle()));
  parser.parse(feed::bytes_of("lo"));
  BOOST_TEST(std::holds_alternative<end>(parser.parse({}).what));
  BOOST_TEST((parser.idle() && !parser.started() && !parser.remaining()));
  parser.begin("GET");
  BOOST_TEST((!parser.idle() && !parser.started()));
  parser.parse(feed::bytes_of(ok + "Transfer-Encoding: chunked\r\n\r\n"));
  parser.parse(feed::bytes_of("5\r\nhe"));
  BOOST_TEST((!parser.remaining() && !parser.delimited_by_close()));
  response_parser second;
  second.begin("GET");
  second.parse(feed::bytes_of("HTTP/1.1 100 x\r\n\r\n"));
  BOOST_TEST((second.started() && !second.idle()));
  second.parse(feed::bytes_of(ok + "\r\n"));
  BOOST_TEST((second.delimited_by_close() && !second.remaining()));
}

BOOST_AUTO_TEST_CASE(body_data_is_lent_out_of_the_input) {
  response_parser parser;
  parser.begin("GET");
  const std::string text = ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
  auto input = feed::bytes_of(text);
  input = input.subspan(parser.parse(input).consumed);
  auto step = parser.parse(input);
  BOOST_TEST(static_cast<const void*>(std::get<body>(step.what).data.data())
             == static_cast<const void*>(text.data() + text.find("hello")));
  BOOST_TEST(std::get<body>(step.what).data.size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
