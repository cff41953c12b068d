// Asking for a part of a body (-r, -C) and judging what comes back (RFC 9110 section 14).
// Knows no file and no actor.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// Content-Range: "bytes 0-99/1000", "bytes 0-99/*", "bytes */1000" (RFC 9110 section 14.4).
struct content_range {
  std::optional<std::uint64_t> first, last, total; ///< no first and last: the range could not be satisfied
};
/// Nothing: another unit, or no such syntax.
std::optional<content_range> parse_content_range(std::string_view field);

/// An ETag that proves that two bodies are the same byte by byte (RFC 9110 section 8.8.1); empty if there is none.
std::string strong_etag(const http::fields& fields);

struct range_request {
  std::string range;                                 ///< of -r, as "0-99"; empty: none
  bool resumes = false;                              ///< -C with bytes before the rest
  std::uint64_t from = 0;                            ///< of -C
  std::string etag;                                  ///< strong, of the bytes that are there; empty: not known
  bool unchecked = false;                            ///< -C OFFSET: goes on without an ETag
  bool all_there = true;                             ///< the output has the bytes before `from`
  std::optional<std::uint64_t> whole = std::nullopt; ///< bytes of the whole body, as an earlier answer said

  bool any() const { return resumes || !range.empty(); }
  /// Adds Range, and If-Range if an ETag is known.
  void add_to(http::fields& fields) const;
};

enum class range_verdict : std::uint8_t {
  proceed,       ///< the body is what was asked for
  complete,      ///< -C: there is nothing behind what is there
  cannot_resume, ///< the range was not given, or not the right one
  http_error,    ///< -C: a body of another kind, which must not be put behind what is there
};
struct range_judgement {
  range_verdict verdict = range_verdict::proceed;
  std::string why; ///< a sentence for people
  /// -C: where the body is to end, as the origin says; what ends before is incomplete.
  std::optional<std::uint64_t> end = std::nullopt;
};
range_judgement judge(const range_request& asked, const http::response_head& head);

} // namespace sluice::command
