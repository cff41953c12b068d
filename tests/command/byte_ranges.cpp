// Parts of bodies: what is asked for, and which answers are taken.
#include "../../deploy/command/ranges.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace sluice::command;

namespace {

sluice::http::response_head answer(std::uint16_t status, const std::string& range, const std::string& etag = "") {
  sluice::http::response_head head;
  head.status = status;
  if (!range.empty())
    head.fields.add("Content-Range", range);
  if (!etag.empty())
    head.fields.add("ETag", etag);
  return head;
}
range_verdict verdict(const range_request& asked, const sluice::http::response_head& head) {
  return judge(asked, head).verdict;
}
const range_request rest{{}, true, 100, "\"a\"", false};

} // namespace

BOOST_AUTO_TEST_SUITE(byte_ranges)

BOOST_AUTO_TEST_CASE(content_range_is_read_strictly) {
  const auto part = parse_content_range("bytes 0-99/1000");
  BOOST_TEST_REQUIRE(part.has_value());
  BOOST_TEST((part->first == 0u && part->last == 99u && part->total == 1000u));
  BOOST_TEST(!parse_content_range("bytes 5-9/*")->total.has_value());
  BOOST_TEST(!parse_content_range("bytes */7")->first.has_value());
  for (const std::string text : {"", "bytes", "bytes 1-2", "bytes 2-1/9", "bytes 1-9/9", "bytes */*", "items 0-1/2",
                                 "bytes 0-1/2 ", "bytes a-1/2", "bytes 0-99999999999999999999/*"})
    BOOST_TEST(!parse_content_range(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(only_a_strong_etag_counts) {
  for (const auto& [etag, expected] : std::vector<std::pair<std::string, std::string>>{
           {"\"a\"", "\"a\""}, {"\"\"", "\"\""}, {"W/\"a\"", ""}, {"a", ""}, {"\"", ""}, {"\"a\"b\"", ""}})
    BOOST_TEST(strong_etag(answer(200, "", etag).fields) == expected, etag);
}

BOOST_AUTO_TEST_CASE(the_rest_is_asked_for_on_the_condition_that_it_is_of_the_same_version) {
  sluice::http::fields fields;
  rest.add_to(fields);
  BOOST_TEST(*fields.get("Range") == "bytes=100-");
  BOOST_TEST(*fields.get("If-Range") == "\"a\"");
  sluice::http::fields plain;
  range_request{"0-9,20-", false, 0, "", false}.add_to(plain);
  BOOST_TEST(*plain.get("range") == "bytes=0-9,20-");
  BOOST_TEST(!plain.contains("if-range"));
}

BOOST_AUTO_TEST_CASE(the_rest_is_taken_only_if_it_begins_where_the_file_ends) {
  BOOST_TEST((verdict(rest, answer(206, "bytes 100-199/200", "\"a\"")) == range_verdict::proceed));
  BOOST_TEST((verdict(rest, answer(206, "bytes 99-199/200", "\"a\"")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(206, "", "\"a\"")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(206, "bytes 100-199/200", "\"b\"")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(200, "", "\"b\"")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(416, "bytes */100")) == range_verdict::complete));
  BOOST_TEST((verdict(rest, answer(416, "bytes */99")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(416, "")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(rest, answer(404, "")) == range_verdict::http_error));
  BOOST_TEST((verdict(rest, answer(302, "")) == range_verdict::http_error));
  BOOST_TEST((verdict(rest, answer(304, "")) == range_verdict::http_error));
  BOOST_TEST((judge(rest, answer(206, "bytes 100-149/200", "\"a\"")).end == 200u));
  BOOST_TEST((judge(rest, answer(206, "bytes 100-149/*", "\"a\"")).end == 150u));
  auto known = rest;
  known.whole = 200;
  BOOST_TEST((verdict(known, answer(206, "bytes 100-199/200", "\"a\"")) == range_verdict::proceed));
  BOOST_TEST((verdict(known, answer(206, "bytes 100-199/201", "\"a\"")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(known, answer(416, "bytes */100")) == range_verdict::cannot_resume));
  auto missing = rest;
  missing.all_there = false;
  BOOST_TEST((verdict(missing, answer(416, "bytes */100")) == range_verdict::cannot_resume));
}

BOOST_AUTO_TEST_CASE(a_part_without_its_etag_is_taken_only_if_the_length_of_the_whole_is_known_and_the_same) {
  auto known = rest;
  known.whole = 200;
  const auto etags = {"\"b\"", "W/\"a\""};
  for (const std::string range : {"bytes 100-199/200", "bytes 100-199/*"}) {
    BOOST_TEST((verdict(rest, answer(206, range)) == range_verdict::cannot_resume), range);
    for (const auto* etag : etags)
      BOOST_TEST((verdict(known, answer(206, range, etag)) == range_verdict::cannot_resume), range << etag);
  }
  BOOST_TEST((verdict(known, answer(206, "bytes 100-199/200")) == range_verdict::proceed));
  BOOST_TEST((verdict(known, answer(206, "bytes 100-199/*")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict(known, answer(206, "bytes 100-199/201")) == range_verdict::cannot_resume));
}

BOOST_AUTO_TEST_CASE(without_an_etag_only_a_given_offset_is_gone_on_from) {
  const range_request unknown{{}, true, 100, "", false}, given{{}, true, 100, "", true};
  const auto head = answer(206, "bytes 100-199/200", "\"a\"");
  BOOST_TEST((verdict(unknown, head) == range_verdict::cannot_resume));
  BOOST_TEST(judge(unknown, head).why.find("-C 100") != std::string::npos);
  BOOST_TEST((verdict(unknown, answer(416, "bytes */100")) == range_verdict::complete));
  BOOST_TEST((verdict(given, head) == range_verdict::proceed));
}

BOOST_AUTO_TEST_CASE(a_part_that_was_asked_for_must_be_the_one_that_comes) {
  const auto of = [](const char* range, const char* got) {
    return verdict({range, false, 0, "", false}, answer(206, got)) == range_verdict::proceed;
  };
  BOOST_TEST(of("0-99", "bytes 0-99/1000"));
  BOOST_TEST(of("0-99", "bytes 0-49/50"));
  BOOST_TEST(of("100-", "bytes 100-199/200"));
  BOOST_TEST(of("-5", "bytes 195-199/200"));
  BOOST_TEST(of("-500", "bytes 0-199/200"));
  BOOST_TEST(!of("0-99", "bytes 1-99/1000"));
  BOOST_TEST(!of("0-99", "bytes 0-100/1000"));
  BOOST_TEST(!of("-5", "bytes 194-199/200"));
  BOOST_TEST(!of("-5", "bytes 190-194/200"));
  BOOST_TEST((verdict({"0-9", false, 0, "", false}, answer(200, "")) == range_verdict::cannot_resume));
  BOOST_TEST((verdict({"0-9", false, 0, "", false}, answer(404, "")) == range_verdict::proceed));
  BOOST_TEST((verdict({"9-", false, 0, "", false}, answer(416, "bytes */9")) == range_verdict::cannot_resume));
  auto several = answer(206, "");
  several.fields.add("Content-Type", "multipart/byteranges; boundary=x");
  BOOST_TEST((verdict({"0-1,5-6", false, 0, "", false}, several) == range_verdict::proceed));
  BOOST_TEST((verdict({"0-1", false, 0, "", false}, several) == range_verdict::cannot_resume));
}

BOOST_AUTO_TEST_SUITE_END()
