#include "routes.hpp"

#include <algorithm>
#include <string>

namespace sluice::origin {

namespace {

/// One range of a body of `size` bytes: "bytes=0-99", "bytes=100-", "bytes=-50" (RFC 9110 section 14.1.2).
struct byte_range {
  std::uint64_t first = 0, end = 0; ///< equal: the range cannot be satisfied
};
std::optional<byte_range> range_of(std::string_view field, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  const auto dash = field.find('-');
  if (!field.starts_with(unit) || dash == std::string_view::npos || field.find(',') != std::string_view::npos)
    return {};
  const auto from = field.substr(unit.size(), dash - unit.size()), to = field.substr(dash + 1);
  const auto first = parse_count(from), last = parse_count(to);
  if ((!from.empty() && !first) || (!to.empty() && !last) || (from.empty() && to.empty()))
    return {};
  if (from.empty())
    return byte_range{size - std::min(*last, size), size};
  if (*first >= size)
    return byte_range{};
  if (last && *last < *first)
    return std::nullopt; // no valid range: it is ignored
  return byte_range{*first, last ? std::min(*last, size - 1) + 1 : size};
}

/// ?etag=, "1" by default; weak with ?weak=1; empty: there is none.
std::string etag_of(const request& incoming) {
  const auto text = incoming.target.text("etag", "1");
  return text.empty() ? text : (incoming.target.flag("weak") ? "W/\"" : "\"") + text + "\"";
}

/// Whether Range counts: without If-Range, or with one that has this strong ETag (RFC 9110 section 13.1.5).
bool range_counts(const request& incoming, const std::string& etag) {
  const auto condition = incoming.begun.head.fields.get("if-range");
  return !condition || (!incoming.target.flag("weak") && !etag.empty() && *condition == etag);
}

http::fields file_fields(const request& incoming, const std::string& etag) {
  auto result = content_fields(incoming);
  if (!etag.empty())
    result.add("ETag", etag);
  for (const auto& [parameter, name] :
       {std::pair{"modified", "Last-Modified"}, std::pair{"disposition", "Content-Disposition"}})
    if (incoming.target.has(parameter))
      result.add(name, incoming.target.text(parameter));
  if (!incoming.target.flag("no_ranges"))
    result.add("Accept-Ranges", "bytes");
  return result;
}

} // namespace

answer_ptr file(const request& incoming, std::uint64_t size) {
  const auto etag = etag_of(incoming);
  auto fields = file_fields(incoming, etag);
  const auto since = incoming.begun.head.fields.get("if-modified-since");
  if (since && *since == incoming.target.text("modified"))
    return reply(incoming, head_for(incoming, 304, std::move(fields), {}), nullptr);
  byte_range part{0, size};
  std::uint16_t status = 200;
  const auto field = incoming.begun.head.fields.get("range");
  if (field && !incoming.target.flag("no_ranges") && range_counts(incoming, etag))
    if (const auto asked = range_of(*field, size)) {
      part = *asked;
      status = part.first == part.end ? 416 : 206;
    }
  if (status == 416)
    fields.add("Content-Range", "bytes */" + std::to_string(size));
  else if (status == 206)
    fields.add("Content-Range", "bytes " + std::to_string(part.first + incoming.target.number("wrong_by", 0)) + "-"
                                    + std::to_string(part.end - 1) + "/" + std::to_string(size));
  const auto length = part.end - part.first;
  const auto cut = incoming.target.has("id") && !incoming.is_first_visit()
                       ? length
                       : std::min(incoming.target.number("cut", length), length);
  auto content = seeded(incoming.seed, part.first + cut, part.first);
  if (incoming.target.has("rate"))
    content = rated(std::move(content), incoming.target.number("rate", 1));
  auto result = reply(incoming, head_for(incoming, status, std::move(fields), by_length(length)), std::move(content));
  if (cut < length && !incoming.is_head)
    result->incomplete().ending(incoming.multiplexed() ? then::reset_stream : then::close);
  return result;
}

} // namespace sluice::origin
