// What responses and requests have in common on the wire (RFC 9112): lines, fields, bodies, chunks, trailers.
// Sans-I/O; knows no start line: the two parsers bring that.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/framing.hpp>
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

/// Reads lines and bodies out of arbitrarily cut input. Used by both parsers; keeps a partial line, never body bytes.
class message_reader {
public:
  /// Requests are read strictly, responses as leniently as response_parser says.
  enum class kind : std::uint8_t { request, response };
  message_reader(const limits& bounds, kind what)
    : limits_(bounds), lenient_(what == kind::response), bare_lf_(lenient_ && bounds.bare_lf) {}

  /// Starts over with a new message. A failure stays.
  void reset();

  /// Takes the start line off the front of `input` into `line` (without CRLF), advancing `input`. False when it is not
  /// complete yet (all of `input` was then taken) or when it is at fault: see failed(). `line` is good until
  /// done_with_line().
  bool take_start_line(input_bytes& input, std::string_view& line);
  void done_with_line() { partial_.clear(); }
  /// What has come of a line that is not complete.
  std::string_view partial_line() const { return partial_; }
  /// Reads the field lines of the head up to the empty one. True when the head is complete.
  bool take_head_fields(input_bytes& input, http::fields& out);

  /// The framing that these fields ask for; nullopt when at fault.
  std::optional<body_framing> framing_of(const http::fields& fields, http::version version);
  static bool wants_reuse(const http::fields& fields, http::version version) {
    return http1::wants_reuse(fields, version);
  }

  /// Starts the body. `reusable` is what end will say unless the body is delimited by the end of the connection.
  void begin_body(body_framing framing, bool reusable);
  /// The next piece of the body, or its end, or nothing (then all input was taken or failed()).
  bool take_body(input_bytes& input, input_bytes& piece, bool& ended);
  http::fields take_trailers() { return std::move(trailers_); }
  bool reusable() const { return reusable_; }
  body_framing framing() const { return framing_; }
  /// Body bytes still to come, for a body of known length.
  std::uint64_t remaining() const { return remaining_; }
  /// What is missing if the transport ends inside the head, or inside the body.
  failure truncated_head() const;
  failure truncated_body() const;

  void fail(errc code, std::string detail);
  bool failed() const { return static_cast<bool>(failure_); }
  const failure& error() const { return failure_; }
  /// Bytes of this message taken so far.
  std::uint64_t offset() const { return offset_; }

private:
  enum class at : std::uint8_t { size_line, data, data_end, trailers };
  /// The bounds that a line is under: its own and that of the section it belongs to.
  struct line_rule {
    const char* what;
    errc code; // when its line end is at fault
    std::size_t line_bytes;
    const char* line_limit;
    std::size_t section_bytes;
    const char* section_limit;
  };
  bool take_line(input_bytes& input, std::string_view& line, const line_rule& rule);
  bool too_long(const line_rule& rule);
  bool strip_line_end(std::string_view& line, const line_rule& rule);
  bool take_fields(input_bytes& input, http::fields& out, const line_rule& rule);
  bool parse_field(std::string_view line, http::fields& out, const char* what);
  bool continue_field(std::string_view line, http::fields& out, const char* what);
  bool take_plain(input_bytes& input, input_bytes& piece);
  bool take_chunked(input_bytes& input, input_bytes& piece, bool& ended);
  bool take_size_line(input_bytes& input);
  bool take_data_end(input_bytes& input);
  bool parse_size_line(std::string_view line);
  std::string where(const char* what) const;
  void consume(input_bytes& input, std::size_t n) {
    input = input.subspan(n);
    offset_ += n;
  }

  limits limits_;
  bool lenient_, bare_lf_;
  failure failure_;
  std::string partial_;           // a line whose end has not come yet
  std::uint64_t offset_ = 0;      // bytes of this message taken
  std::size_t lines_ = 0;         // lines taken of the head or trailer section, for messages to people
  std::size_t section_bytes_ = 0; // bytes of the lines taken of the section
  body_framing framing_;
  bool reusable_ = false;
  std::uint64_t remaining_ = 0; // of the body, or of the chunk
  std::uint64_t body_bytes_ = 0;
  at at_ = at::size_line;
  std::uint8_t line_end_seen_ = 0; // of the line end after a chunk's data
  http::fields trailers_;
};

} // namespace sluice::http1
