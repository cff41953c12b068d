// Values of -F, and the body that they make (RFC 7578).
#include "../../deploy/command/multipart.hpp"
#include "child.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace sluice::command;
using command_test::folder;
using command_test::write_file;

namespace {

/// "name|value|file name|type", with '@' before the value for a file and '-' for what is not set; the error otherwise.
std::string parsed(const std::string& text) {
  const auto field = parse_form_field(text);
  if (!field)
    return field.error().detail;
  return field->name + "|" + (field->is_file ? "@" : "") + field->value + "|" + field->file_name.value_or("-") + "|"
         + field->type.value_or("-");
}

std::string whole(const upload_body& body) {
  upload_reader reader{body.parts()};
  std::string result;
  for (;;) {
    const auto piece = reader.read(7);
    if (!piece || piece->empty())
      return result;
    result += piece->text();
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(multipart_bodies)

BOOST_AUTO_TEST_CASE(a_field_is_read_as_curl_reads_it) {
  const std::pair<std::string, std::string> rows[] = {
      {"a=b", "a|b|-|-"},
      {"a=", "a||-|-"},
      {"a=b=c", "a|b=c|-|-"},
      {"a=b;type=text/html", "a|b|-|text/html"},
      {"a=b;type=text/html; charset=utf-8", "a|b|-|text/html; charset=utf-8"},
      {"a= \"x;y\" ;type=text/plain", "a|x;y|-|text/plain"},
      {"a=\"q\\\"\\\\z\\n\"", "a|q\"\\z\\n|-|-"},
      {"a=\"open", "a|\"open|-|-"},
      {"f=@/dir/pic.PNG", "f|@/dir/pic.PNG|pic.PNG|image/png"},
      {"f=@x;filename=other.txt", "f|@x|other.txt|text/plain"},
      {"f=@x;type=text/csv;filename=\"a;b\"", "f|@x|a;b|text/csv"},
      {"f=@\"a,b;c\"", "f|@a,b;c|a,b;c|application/octet-stream"},
      {"f=@-", "f|@-|-|application/octet-stream"},
      {"f=<x;type=text/html", "f|@x|-|text/html"},
      {"f=<x", "f|@x|-|-"}};
  for (const auto& [text, expected] : rows)
    BOOST_TEST(parsed(text) == expected, text << ": " << parsed(text));
}

BOOST_AUTO_TEST_CASE(a_field_that_is_not_understood_is_refused_without_its_content) {
  for (const std::string text : {"hidden", "=hidden", "a=b;hidden", "a=b;headers=hidden", "a=b;type=hidden",
                                 "a=(hidden", "f=@", "f=@a,hidden"}) {
    const auto got = parsed(text);
    BOOST_TEST(got.starts_with("-F: "), text);
    BOOST_TEST(got.find("hidden") == std::string::npos, got);
  }
  BOOST_TEST(parse_form_string("a=@b;type=c\"")->value == "@b;type=c\"");
  BOOST_TEST(!parse_form_string("nothing"));
}

BOOST_AUTO_TEST_CASE(names_are_escaped_as_the_html_standard_says) {
  BOOST_TEST(escaped_form_name("a\"b\r\nc\\%d\xC3\xA9") == "a%22b%0D%0Ac\\%d\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(a_body_has_the_parts_between_boundaries) {
  folder f;
  write_file(f.file("t.txt"), "line\r\n");
  std::vector<form_field> fields;
  for (const auto& text : {std::string{"a\"=1"}, "f=@" + f.file("t.txt"), "g=<" + f.file("t.txt")})
    fields.push_back(*parse_form_field(text));
  const auto body = multipart_body(fields, "B");
  BOOST_TEST_REQUIRE(bool(body));
  const std::string expected = "--B\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\n1\r\n"
                               "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"t.txt\"\r\n"
                               "Content-Type: text/plain\r\n\r\nline\r\n\r\n"
                               "--B\r\nContent-Disposition: form-data; name=\"g\"\r\n\r\nline\r\n\r\n"
                               "--B--\r\n";
  BOOST_TEST(whole(*body) == expected);
  BOOST_TEST(body->length().value_or(0) == expected.size());
}

BOOST_AUTO_TEST_CASE(a_boundary_is_never_the_same) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto boundary = random_boundary();
    BOOST_TEST(boundary.size() == 46u);
    BOOST_TEST(boundary.find_first_not_of("-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
               == std::string::npos);
    BOOST_TEST(seen.insert(boundary).second);
  }
}

BOOST_AUTO_TEST_SUITE_END()
