#include <sluice/protocols/uri/ipv6.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <boost/test/unit_test.hpp>

using sluice::caused_by;
using sluice::errc;
using sluice::uri::is_ipv6;
using sluice::uri::parse;
using sluice::uri::resolve;
using sluice::uri::url;
using sluice::uri::url_limit_bytes;

namespace {

const url base = *parse("http://a/b/c/d;p?q");

std::string detail_of(std::string_view text) {
  const auto result = parse(text);
  BOOST_REQUIRE_MESSAGE(!result, text << " was accepted");
  BOOST_TEST((result.error().code == errc::invalid_url));
  BOOST_TEST((result.error().by == caused_by::local));
  return result.error().detail;
}

/// Asserts that `text` is refused with a detail that holds each of `hints`.
void refused(std::string_view text, std::initializer_list<std::string_view> hints) {
  const auto detail = detail_of(text);
  for (auto hint : hints)
    BOOST_TEST(detail.find(hint) != std::string::npos, "'" << hint << "' is missing in: " << detail);
}

} // namespace

BOOST_AUTO_TEST_SUITE(uri)

BOOST_AUTO_TEST_CASE(the_parts_of_a_url_are_told_apart) {
  struct row {
    const char *text, *scheme, *host;
    unsigned port;
    const char *target, *authority;
  };
  const row table[] = {
      {"http://example.org", "http", "example.org", 80, "/", "example.org"},
      {"https://example.org/", "https", "example.org", 443, "/", "example.org"},
      {"HTTPS://EXAMPLE.org:443/A/b", "https", "example.org", 443, "/A/b", "example.org"},
      {"http://example.org:443/", "http", "example.org", 443, "/", "example.org:443"},
      {"https://example.org:80", "https", "example.org", 80, "/", "example.org:80"},
      {"http://h?x=1&y=a/b?c", "http", "h", 80, "/?x=1&y=a/b?c", "h"},
      {"http://h#top", "http", "h", 80, "/", "h"},
      {"http://h/a?b#c?d/e", "http", "h", 80, "/a?b", "h"},
      {"http://h/a?", "http", "h", 80, "/a?", "h"},
      {"http://h:/a", "http", "h", 80, "/a", "h"},
      {"http://h:00080/", "http", "h", 80, "/", "h"},
      {"http://h:65535/", "http", "h", 65535, "/", "h:65535"},
      {"http://127.0.0.1:8080/x%20y", "http", "127.0.0.1", 8080, "/x%20y", "127.0.0.1:8080"},
      {"http://[::1]/", "http", "::1", 80, "/", "[::1]"},
      {"https://[2001:DB8::1]:8443/q", "https", "2001:db8::1", 8443, "/q", "[2001:db8::1]:8443"},
      {"http://h/list[0]?f={a|b}&m=x:y@z", "http", "h", 80, "/list[0]?f={a|b}&m=x:y@z", "h"},
      {"http://h/u@v://w", "http", "h", 80, "/u@v://w", "h"},
      {"http://h//a///b", "http", "h", 80, "//a///b", "h"},
      {"http://h/a/../b/./c/..", "http", "h", 80, "/b/", "h"},
      {"http://h/../../x?../y", "http", "h", 80, "/x?../y", "h"},
      {"http://h/...", "http", "h", 80, "/...", "h"},
      {"http://my_host.local./", "http", "my_host.local.", 80, "/", "my_host.local."},
  };
  for (const auto& row : table)
    BOOST_TEST_CONTEXT(row.text) {
      const auto parsed = parse(row.text);
      if (!parsed)
        BOOST_FAIL(parsed.error().detail);
      BOOST_TEST(parsed->scheme == row.scheme);
      BOOST_TEST(parsed->host == row.host);
      BOOST_TEST(parsed->port == row.port);
      BOOST_TEST(parsed->target == row.target);
      BOOST_TEST(parsed->authority() == row.authority);
      BOOST_TEST(parsed->secure() == (parsed->scheme == "https"));
      const auto again = parse(parsed->to_string());
      BOOST_REQUIRE(again);
      BOOST_TEST((*again == *parsed));
    }
}

BOOST_AUTO_TEST_CASE(an_origin_always_names_its_port) {
  BOOST_TEST(parse("https://Example.org/x")->origin() == "https://example.org:443");
  BOOST_TEST(parse("http://[::1]:80")->origin() == "http://[::1]:80");
}

BOOST_AUTO_TEST_CASE(urls_are_equal_however_the_host_was_written) {
  const auto written = parse("https://b\xc3\xbc"
                             "cher.example/a");
  BOOST_REQUIRE(written);
  BOOST_TEST((*parse(written->to_string()) == *written));
  BOOST_TEST((*parse("https://xn--bcher-kva.example/b") != *written));
}

BOOST_AUTO_TEST_CASE(a_missing_scheme_is_answered_with_what_to_write) {
  refused("example.org/x", {"no scheme", "write http:// before it"});
  refused("localhost:8080/x", {"no scheme", "write http:// before it"});
  refused("//example.org/x", {"no scheme", "write http: before it"});
  refused("example.org/?next=http://other/", {"no scheme", "write http:// before it"});
  refused("/only/path", {"no scheme"});
  refused("://h/", {"no scheme"});
  refused("1http://h/", {"no scheme"});
  refused("", {"empty", "http://example.org/"});
}

BOOST_AUTO_TEST_CASE(an_error_names_host_and_port_where_they_are_certain_to_be_these) {
  refused("http://example.org/a b", {"the URL of http://example.org has a space at character 21"});
  refused("HTTPS://example.org:99999?x", {"the URL of https://example.org:99999 has an invalid port at character 21"});
  for (auto text : {"http://example.org/a b@c", "http://ex ample.org/", "http:///example.org/ ", "//example.org/a b",
                    "http://example.org:80x/ ", "http://[::1]/ "}) {
    const auto detail = detail_of(text);
    BOOST_TEST((detail.starts_with("the URL ") && !detail.starts_with("the URL of")), detail);
  }
}

BOOST_AUTO_TEST_CASE(other_schemes_are_unsupported) {
  refused("ftp://h/x", {"'ftp'", "unsupported", "http and https"});
  refused("FILE:///etc/passwd", {"'file'", "unsupported"});
  refused("mailto:a@b", {"a scheme that is unsupported"});
  refused("httpx://h/", {"'httpx'", "unsupported"});
  refused("http:/h/x", {"lacks '//'", "at character 6", "http://"});
  refused("https:h", {"lacks '//'", "at character 7"});
}

BOOST_AUTO_TEST_CASE(user_information_is_refused) { refused("http://user@h/", {"Authorization", "at character 8"}); }

BOOST_AUTO_TEST_CASE(a_host_must_be_there_and_be_a_name_or_an_address) {
  refused("http://", {"no host", "at character 8"});
  refused("http:///path", {"no host"});
  refused("http://:80/", {"no host"});
  refused("http://?q", {"no host"});
  refused("http://a!b/", {"a character that no name holds", "at character 9"});
  refused("http://a:b:1/", {"second ':'", "at character 11", "brackets"});
  refused("http://::1/", {"second ':'", "brackets"});
  refused("http://" + std::string(254, 'a') + "/", {"254", "253"});
  BOOST_TEST(static_cast<bool>(parse("http://" + std::string(253, 'a') + "/")));
}

BOOST_AUTO_TEST_CASE(a_bad_port_is_refused) {
  for (auto text : {"http://h:0/", "http://h:65536/", "http://h:http/", "http://h:-1/", "http://h:+1/", "http://h:80a/",
                    "http://h:99999999999999999999/", "http://[::1]:0/"})
    refused(text, {"port", "1 to 65535", "at character"});
  refused("http://h:0/", {"at character 10"});
}

BOOST_AUTO_TEST_CASE(a_character_that_no_url_holds_is_named_with_its_place) {
  refused("http://h/a b", {"space", "at character 11", "%20"});
  refused(" http://h/", {"space", "at character 1"});
  refused("http://h/\r\nX: y", {"control character", "at character 10"});
  refused(std::string_view{"http://h/\0", 10}, {"control character"});
  refused("http://h/\x7f", {"control character"});
  refused("http://h/\xc3\xa9", {"ASCII", "at character 10", "percent-encode"});
  refused("http://h/b\xc3\xbc"
          "cher.example/",
          {"ASCII", "at character 11", "only a host name"});
  refused("http://a\xef\xbc\x8f"
          "b/",
          {"http://a%EF%BC%8Fb", "at character 8", "no name holds"});
  for (auto text : {"http://h/\"", "http://h/<", "http://h/>", "http://h\\x", "http://h/^", "http://h/`"})
    refused(text, {"percent-encode", "at character"});
  refused("http://h/#a b", {"space"});
}

BOOST_AUTO_TEST_CASE(a_percent_sign_needs_two_hexadecimal_digits) {
  for (auto text : {"http://h/%", "http://h/%2", "http://h/%2g", "http://h/%g2", "http://h/?%zz", "http://h/%%20"})
    refused(text, {"'%' at character", "%25"});
  refused(std::string_view{"http://h/%20"}.substr(0, 11), {"'%' at character 10"}); // digits past the end do not count
  BOOST_TEST(parse("http://h/%2f%2F%00")->target == "/%2f%2F%00");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_is_checked_to_the_last_group) {
  for (auto text : {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::8", "fe80::abCD",
                    "::1.2.3.4", "::ffff:255.0.10.1", "1:2:3:4:5:6:1.2.3.4", "64:ff9b::1.2.3.4"})
    BOOST_TEST(is_ipv6(text), text);
  for (auto text : {"",
                    ":",
                    ":::",
                    "1",
                    "1:2:3:4:5:6:7",
                    "1:2:3:4:5:6:7:8:9",
                    "1:2:3:4::5:6:7:8",
                    "1::2::3",
                    ":1::2",
                    "1::2:",
                    "12345::",
                    "g::",
                    "::1%25eth0",
                    "1.2.3.4",
                    "::1.2.3",
                    "::1.2.3.4.5",
                    "::256.1.1.1",
                    "::01.1.1.1",
                    "::-1.1.1.1",
                    "::1.2.3.",
                    "::1.2.3.4:5",
                    "1.2.3.4::",
                    "1:2:3:4:5:6:7:1.2.3.4",
                    "::1..2.3",
                    "v1.x"})
    BOOST_TEST(!is_ipv6(text), text);
  for (auto text :
       {"http://[::1/", "http://[]/", "http://[::g]/", "http://[1.2.3.4]/", "http://[::1%25lo]/", "http://["})
    refused(text, {"IPv6", "at character 8"});
  refused("http://[::1]x/", {"':port'", "at character 13"});
}

BOOST_AUTO_TEST_CASE(a_url_has_a_bound) {
  std::string text = "http://h/";
  text.append(url_limit_bytes - text.size(), 'a');
  BOOST_TEST(static_cast<bool>(parse(text)));
  refused(text + "a", {"65537 bytes", "65536"});
  BOOST_TEST(detail_of(text + "a").size() < 400u);
  BOOST_TEST(!resolve(base, std::string(url_limit_bytes, 'a')));
}

BOOST_AUTO_TEST_CASE(references_resolve_as_in_rfc_3986_section_5_4) {
  const std::pair<const char*, const char*> table[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {"g?y#s", "http://a/b/c/g?y"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/../x", "http://a/b/c/g"},
      // and what redirects bring
      {"https://Other:8443/x", "https://other:8443/x"},
      {"//h:81/y?z", "http://h:81/y?z"},
      {"/a:b", "http://a/a:b"},
      {"./a:b", "http://a/b/c/a:b"},
      {"?u=http://x/", "http://a/b/c/d;p?u=http://x/"},
      {"//[::1]:81", "http://[::1]:81/"},
  };
  for (const auto& [reference, expected] : table)
    BOOST_TEST_CONTEXT(reference) {
      const auto resolved = resolve(base, reference);
      if (!resolved)
        BOOST_FAIL(resolved.error().detail);
      BOOST_TEST(resolved->to_string() == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_reference_keeps_scheme_port_and_address_of_its_base) {
  const auto from = *parse("https://[::1]:8443/a");
  BOOST_TEST(resolve(from, "b?c")->to_string() == "https://[::1]:8443/b?c");
  BOOST_TEST(resolve(from, "//h")->to_string() == "https://h/");
}

BOOST_AUTO_TEST_CASE(a_bad_reference_is_refused) {
  for (auto text : {"g:h", "http:g", "javascript:alert", "//", "///x", "//u:p@h/", "//h:0/", "a b", "/%zz",
                    "/\r\nSet-Cookie:", "ftp://h/", "\xc3\xa9"}) {
    const auto resolved = resolve(base, text);
    BOOST_TEST(!resolved, text);
    if (!resolved)
      BOOST_TEST((resolved.error().code == errc::invalid_url));
  }
}

BOOST_AUTO_TEST_SUITE_END()
