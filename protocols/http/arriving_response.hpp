// One response as it arrives on a stream of HTTP/2 or HTTP/3: interim responses, the head, trailers, and what is said
// when it stays incomplete. Knows no frame, no library and no window.
#pragma once

#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http/field_section.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice::http {

/// What an engine's stream keeps of its response, and derives from. Its members are the engine's to change.
struct arriving_response {
  std::uint32_t index = 0;
  std::string method;                    // of the request
  bool head_seen = false, ended = false; // the final response's
  bool cancelled = false;
  std::uint16_t interim = 0;
  std::uint64_t received = 0;             // body bytes
  std::optional<std::uint64_t> length;    // of the body, as promised
  std::unique_ptr<field_section> section; // under way
  fields trailers;
  failure problem;

  /// A line of the section under way. False: it cannot be taken, as `problem` says, and the section is dropped.
  bool add_line(std::string_view name, std::string_view value, std::size_t bytes_max, std::size_t count_max);
  /// The section under way is complete: tells an interim response or the head, or keeps the trailers. False: there were
  /// more interim responses than `interim_max`, as `problem` says.
  bool end_section(engine_events& sink, http::version version, std::size_t interim_max);
  /// Whether the end of the stream is the end of a whole response, which is to be told.
  bool is_whole() const;
  /// Nothing of a response has come.
  bool silent() const { return !head_seen && interim == 0; }

  /// The body is not as long as Content-Length said.
  failure wrong_length() const;
  /// Why it fails where the connection ends for `why`, after the peer went away as `goaway` says (empty: it did not).
  failure reason_of_end(const failure& why, const std::string& goaway) const;
  /// Adds to a reason how much of the body had come.
  void add_progress(failure& why) const;
};

} // namespace sluice::http
