// What responses and requests have in common on the wire (RFC 9112): lines, fields, framing, chunks, trailers.
// Sans-I/O; knows no start line: the two parsers bring that.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/limits.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::http1 {

using input_bytes = std::span<const std::byte>;

/// Everything given was taken; more is needed.
struct need_more {};
/// A piece of the body: a view into the input that was given, never empty.
struct body {
  input_bytes data;
};
/// The message is complete. `reusable`: the connection may carry another (RFC 9112 §9.3).
struct end {
  http::fields trailers;
  bool reusable = false;
};

/// How a message's body is delimited (RFC 9112 §6.3).
struct body_framing {
  enum class kind : std::uint8_t { none, length, chunked, until_close };
  kind how = kind::none;
  std::uint64_t length = 0;
};

/// Reads lines and bodies out of arbitrarily cut input. Used by both parsers; keeps a partial line, never body bytes.
class message_reader {
public:
  explicit message_reader(const limits& bounds) : limits_(bounds) {}

  /// Starts over with a new message.
  void reset();

  /// Takes one line off the front of `input` into `line` (without CRLF), advancing `input`. False when it is not
  /// complete yet (all of `input` was then taken) or when it is at fault: see failed().
  bool take_line(input_bytes& input, std::string_view& line, std::size_t bound, const char* bound_name);
  /// To be called when a line from take_line has been dealt with.
  void done_with_line() { partial_.clear(); }

  /// Reads field lines up to the empty one. True when the section is complete.
  bool take_fields(input_bytes& input, http::fields& out, std::size_t bound, const char* bound_name);
  void count_head_bytes(std::size_t n) { section_bytes_ += n; }

  /// The framing that these fields ask for; nullopt when at fault. `until_close` when they say nothing.
  std::optional<body_framing> framing_of(const http::fields& fields, http::version version);
  static bool wants_reuse(const http::fields& fields, http::version version);

  /// Starts the body. `reusable` is what end will say unless the body is delimited by the end of the connection.
  void begin_body(body_framing framing, bool reusable);
  /// The next piece of the body, or its end, or nothing (then all input was taken or failed()).
  bool take_body(input_bytes& input, input_bytes& piece, bool& ended);
  http::fields take_trailers() { return std::move(trailers_); }
  bool reusable() const { return reusable_; }
  body_framing framing() const { return framing_; }
  std::uint64_t remaining() const { return remaining_; }
  /// What is missing if the transport ends inside the body.
  failure truncation() const;

  void fail(errc code, std::string detail);
  bool failed() const { return static_cast<bool>(failure_); }
  const failure& error() const { return failure_; }
  bool partial_line() const { return !partial_.empty(); }
  std::uint64_t offset() const { return offset_; }

private:
  enum class at : std::uint8_t { size_line, data, data_end, trailers };
  bool take_chunked(input_bytes& input, input_bytes& piece, bool& ended);
  bool parse_field(std::string_view line, http::fields& out);
  bool parse_chunk_line(std::string_view line);
  void consume(input_bytes& input, std::size_t n) {
    input = input.subspan(n);
    offset_ += n;
  }

  limits limits_;
  failure failure_;
  std::string partial_;           // a line whose end has not come yet
  std::uint64_t offset_ = 0;      // bytes of this message taken
  std::size_t lines_ = 0;         // lines taken, for messages to people
  std::size_t section_bytes_ = 0; // bytes of the head or trailer section
  body_framing framing_;
  bool reusable_ = false;
  std::uint64_t remaining_ = 0; // of the body, or of the chunk
  std::uint64_t body_bytes_ = 0;
  at at_ = at::size_line;
  std::uint8_t line_end_seen_ = 0;
  http::fields trailers_;
};

} // namespace sluice::http1
