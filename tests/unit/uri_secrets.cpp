// No error text repeats a password, wherever a malformed URL has it and whatever its author meant it to be.
#include <sluice/protocols/http1/request_parser.hpp>
#include <sluice/protocols/http1/response_parser.hpp>
#include <sluice/protocols/http1/serializer.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <iostream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <variant>

using namespace sluice;

namespace {

constexpr std::string_view secret = "sEcReT9";

std::string lowered(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

bool tells(const failure& problem) {
  return lowered(to_string(problem)).find(lowered(std::string{secret})) != std::string::npos;
}

/// Parses `text` and resolves it as a reference. False if an error told the secret.
bool keeps_the_secret(const std::string& text) {
  const auto base = *uri::parse("http://example.org:81/a/b?c");
  const auto parsed = uri::parse(text);
  const auto resolved = uri::resolve(base, text);
  if (!parsed)
    BOOST_TEST(!tells(parsed.error()), text << ": " << parsed.error().detail);
  if (!resolved)
    BOOST_TEST(!tells(resolved.error()), text << ": " << resolved.error().detail);
  return (parsed || !tells(parsed.error())) && (resolved || !tells(resolved.error()));
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

} // namespace

BOOST_AUTO_TEST_SUITE(uri_secrets)

BOOST_AUTO_TEST_CASE(malformed_urls_with_a_password_are_refused_without_it) {
  for (std::string text : {"http:/user:S@h/",
                           "http:///user:S@h/",
                           "http:////user:S@h/",
                           "http://user:sec?S@h/",
                           "http://user:S?x@h/",
                           "http:user:S@h",
                           "http:S@h",
                           "https:user:S@h/",
                           "//user:S@h",
                           "///user:S@h",
                           "user:S@h",
                           "user:S@h/p",
                           "S@h",
                           "user:S@h:80/",
                           "ftp://user:S@h/",
                           "FTP:user:S@h",
                           "mailto:S@h",
                           "x-y+z://user:S@h",
                           "://user:S@h",
                           "/user:S@h",
                           "http://user:S@h/",
                           "http://S@h/",
                           "http://user:S@",
                           "http://user:S@/",
                           "http://user:S@h:1@h/?a b",
                           "http://user:x@S@h/",
                           "http://user:S/x@h/",
                           "http://user:S#x@h/",
                           "http://user:S\\@h/",
                           "http://user:S %@h/",
                           "http://user:%S@h/",
                           "http://user:S@h:99999/",
                           "http://user:S@[::1/",
                           "http://user:S%40h/",
                           "http://user:S%2540h/",
                           "http://user:S",
                           "http://user:S/",
                           "http://[user:S@h]/",
                           "http://[::1]user:S@h/",
                           "http://[S@::1]/",
                           "\thttp://user:S@h/",
                           " http://user:S@h/",
                           "http ://user:S@h/",
                           "http://user:S\r\n@h/",
                           "http://user:S\xc3\xbc@h/",
                           "HTTP:\\\\user:S@h",
                           "http\\://user:S@h",
                           "1http://user:S@h/",
                           "javascript:S@h",
                           "http://h/S\"",
                           "http://h/?k=S^",
                           "http://h/a b?token=S",
                           "http://h\\S/",
                           "http://user:S:x@h/",
                           "http://::S@h/",
                           "view-source:http://user:S@h/"}) {
    for (auto at = text.find('S'); at != std::string::npos; at = text.find('S', at + secret.size()))
      text.replace(at, 1, secret);
    BOOST_TEST(keeps_the_secret(text));
    BOOST_TEST((!uri::parse(text)), text << " is accepted");
  }
}

// Malformed URLs put together at random, with the secret at each place behind a scheme and before an '@', and behind
// it.
BOOST_AUTO_TEST_CASE(a_secret_planted_anywhere_in_a_malformed_url_is_not_repeated) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random{seed};
  constexpr std::string_view beginnings[] = {
      "http://", "http:/", "http:///", "http:", "https://",  "//",       "/",      "",
      "ftp://",  "x:",     "HTTP://",  "://",   "http:\\\\", " http://", "mailto:"};
  constexpr std::string_view middles[] = {":",    "@",    "/",    "?",   "#",  "[",   "]",     "%",    "%40",
                                          "\\",   " ",    "user", "h",   "80", ".",   "1.2.3", "..",   "[::1]",
                                          "\x01", "\xff", "\"",   "a=b", "&",  "%3a", "::",    "99999"};
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string text{beginnings[random() % std::size(beginnings)]};
    const auto pieces = 1 + random() % 6;
    const auto place = random() % pieces;
    const bool named = random() % 2 == 0; // "u:" before the secret; else an '@' must follow, or it is no secret
    for (std::size_t j = 0; j < pieces; ++j)
      text +=
          j == place ? (named ? "u:" : "") + std::string{secret} : std::string{middles[random() % std::size(middles)]};
    text += named && random() % 2 == 0 ? "" : "@h";
    const auto parsed = uri::parse(text);
    refused += parsed ? 0 : 1;
    if (!keeps_the_secret(text))
      break; // one text is enough to look at
  }
  BOOST_TEST(refused > 50'000);
}

BOOST_AUTO_TEST_CASE(a_location_with_a_password_is_refused_without_it) {
  const auto base = *uri::parse("https://example.org/");
  for (std::string text : {"http://user:sEcReT9@h/", "//user:sEcReT9@h/", "http:user:sEcReT9@h", "//user:sEcReT9?@h/ x",
                           "/path sEcReT9", "user:sEcReT9@h"}) {
    const auto resolved = uri::resolve(base, text);
    BOOST_TEST((!resolved && !tells(resolved.error())), text);
  }
}

BOOST_AUTO_TEST_CASE(the_http1_parsers_and_writers_do_not_repeat_what_stands_before_an_at_sign) {
  const std::string url = "http://user:" + std::string{secret} + "@h/";
  http1::response_parser response;
  response.begin("GET");
  auto read = response.parse(bytes_of("HTTP/1.1 302 Found\r\nLocation " + url + "\r\n\r\n"));
  BOOST_TEST(!tells(std::get<failure>(read.what)));
  for (const auto& line : {"GET " + url + " HTTP/1.1\r\n", "CONNECT user:" + std::string{secret} + "@h:80 HTTP/1.1\r\n",
                           "GET " + url + "\r\n", url + " / HTTP/1.1\r\n"}) {
    http1::request_parser request;
    auto asked = request.parse(bytes_of(line));
    BOOST_TEST(!tells(std::get<failure>(asked.what)), line);
  }
  http::request_head head;
  head.authority = "user:" + std::string{secret} + "@h";
  auto written = http1::serialize(head, {});
  BOOST_TEST((!written && !tells(written.error())));
  head.authority = "h";
  head.target = url + " x";
  written = http1::serialize(head, {});
  BOOST_TEST((!written && !tells(written.error())));
  head.target = "/";
  head.fields.add(url, "x");
  written = http1::serialize(head, {});
  BOOST_TEST((!written && !tells(written.error())));
}

BOOST_AUTO_TEST_SUITE_END()
