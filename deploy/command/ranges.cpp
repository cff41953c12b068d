#include "ranges.hpp"

#include <sluice/protocols/failure.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::command {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t n = 0;
  if (text.empty() || !is_digit(text.front()))
    return {};
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (code != std::errc{})
    return {};
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return n;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c)
    return false;
  text.remove_prefix(1);
  return true;
}

/// Whether `range` has one part; a request for several is answered with multipart/byteranges.
bool is_single(std::string_view range) { return range.find(',') == std::string_view::npos; }

/// Whether a range "N-M", "N-" or "-N" is what came; one of another form is the origin's business.
bool matches(std::string_view range, const content_range& got) {
  const auto first = take_number(range);
  if (!take(range, '-'))
    return true;
  const auto last = take_number(range);
  if (first)
    return got.first == first && (!last || *got.last <= *last);
  const bool ends_the_body = !got.total || *got.last + 1 == *got.total;
  return !last || (ends_the_body && *got.last - *got.first < std::max<std::uint64_t>(*last, 1));
}

range_judgement cannot(std::string why) { return {range_verdict::cannot_resume, std::move(why)}; }

range_judgement judge_part(const range_request& asked, const http::response_head& head) {
  const auto type = head.fields.get("content-type").value_or("");
  if (!asked.resumes && !is_single(asked.range) && http::lower_case(type).starts_with("multipart/byteranges"))
    return {};
  const auto field = head.fields.get("content-range");
  const auto got = field ? parse_content_range(*field) : std::nullopt;
  if (!got || !got->first)
    return cannot("the origin sent a part (206) without saying which: its Content-Range is "
                  + (field ? "'" + printable(*field) + "'" : std::string{"missing"}));
  const bool right = asked.resumes ? got->first == asked.from : !is_single(asked.range) || matches(asked.range, *got);
  if (!right)
    return cannot("the origin sent another part than was asked for: '" + printable(*field) + "'");
  if (!asked.resumes)
    return {};
  range_judgement good;
  good.end = got->total ? got->total : std::optional{*got->last + 1};
  if (asked.whole && asked.whole != good.end)
    return cannot("the origin says now that all of it are " + std::to_string(*good.end) + " bytes, and said "
                  + std::to_string(*asked.whole) + " before");
  if (asked.unchecked)
    return good;
  if (asked.etag.empty())
    return cannot("no ETag is known of the " + std::to_string(asked.from)
                  + " bytes that are there, so the rest may be of another version; -C " + std::to_string(asked.from)
                  + " goes on without that check");
  const auto now = head.fields.get("etag");
  if (now && *now != asked.etag)
    return cannot("the origin sent a part of another version: its ETag is not the one of the bytes that are there");
  // RFC 9110 section 15.3.7: a 206 has the ETag that a 200 would have. One without may come of If-Range ignored; then
  // the length, where an answer of this transfer told it, is the only sign of the version.
  if (!now && !(got->total && got->total == asked.whole))
    return cannot("the origin sent a part without its ETag, so it may be of another version than the bytes that are "
                  "there");
  return good;
}

range_judgement judge_unsatisfied(const range_request& asked, const http::response_head& head) {
  const auto field = head.fields.get("content-range");
  const auto got = field ? parse_content_range(*field) : std::nullopt;
  if (got && !got->first && got->total == asked.from) {
    if (asked.all_there && asked.whole.value_or(asked.from) == asked.from)
      return {range_verdict::complete, {}};
    return cannot("the origin has nothing behind byte " + std::to_string(asked.from)
                  + ", and that is not all that there was to come");
  }
  return cannot("the origin has nothing from byte " + std::to_string(asked.from) + " on"
                + (got && got->total ? ": all of it are " + std::to_string(*got->total) + " bytes" : std::string{}));
}

} // namespace

std::optional<content_range> parse_content_range(std::string_view field) {
  constexpr std::string_view unit = "bytes ";
  if (!http::equals_ignoring_case(field.substr(0, unit.size()), unit))
    return {};
  field.remove_prefix(unit.size());
  field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
  content_range result;
  if (!take(field, '*')) {
    result.first = take_number(field);
    if (!result.first || !take(field, '-'))
      return {};
    result.last = take_number(field);
    if (!result.last || *result.last < *result.first)
      return {};
  }
  if (!take(field, '/'))
    return {};
  if (!take(field, '*')) {
    result.total = take_number(field);
    if (!result.total || (result.last && *result.last >= *result.total))
      return {};
  } else if (!result.first) {
    return {};
  }
  return field.empty() ? std::optional{result} : std::nullopt;
}

std::string strong_etag(const http::fields& fields) {
  const auto value = fields.get("etag").value_or("");
  const bool strong = value.size() >= 2 && value.front() == '"' && value.back() == '"'
                      && value.find('"', 1) == value.size() - 1 && http::is_field_value(value);
  return strong ? std::string{value} : std::string{};
}

void range_request::add_to(http::fields& fields) const {
  if (!any())
    return;
  fields.set("Range", "bytes=" + (resumes ? std::to_string(from) + "-" : range));
  if (resumes && !etag.empty() && !unchecked && !fields.contains("if-range"))
    fields.add("If-Range", etag);
}

range_judgement judge(const range_request& asked, const http::response_head& head) {
  if (!asked.any())
    return {};
  if (head.status == 206)
    return judge_part(asked, head);
  if (head.status == 416)
    return asked.resumes ? judge_unsatisfied(asked, head) : cannot("the origin has no such part (416)");
  if (head.status >= 200 && head.status < 300)
    return cannot(asked.resumes && !asked.etag.empty() && !asked.unchecked
                      ? "the origin sent the whole body instead of the rest: it is another version now, or the origin "
                        "serves no ranges"
                      : "the origin sent the whole body instead of a part: it does not serve this range");
  if (!asked.resumes)
    return {};
  return {range_verdict::http_error, "the origin answered " + std::to_string(head.status)
                                         + (head.reason.empty() ? "" : " " + printable(head.reason))
                                         + " instead of sending the rest"};
}

} // namespace sluice::command
