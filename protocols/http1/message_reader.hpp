// The part of HTTP/1.1 parsing that requests and responses share (RFC 9112): lines, fields, bodies, chunks, trailers.
// No I/O; does not know the syntax of the start line, which the request and response parsers know.
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

/// All input was consumed; more input is needed.
struct need_more {};
/// A piece of the body: a non-empty view into the input.
struct body {
  input_bytes data;
};
/// The message is complete. `reusable`: the connection may carry another message (RFC 9112 §9.3).
struct end {
  http::fields trailers;
  bool reusable = false;
};

/// Parses lines and bodies from input that may be split anywhere. Buffers a partial line, but no body bytes.
class message_reader {
public:
  /// Requests are parsed strictly; what is tolerated in responses is listed at response_parser.
  enum class kind : std::uint8_t { request, response };
  message_reader(const limits& bounds, kind message_kind)
    : limits_(bounds), lenient_(message_kind == kind::response), bare_lf_(lenient_ && bounds.bare_lf) {}

  /// Prepares for the next message. A failure is kept.
  void reset();

  /// Moves the start line (without CRLF) from the front of `input` to `line`. False: the line is incomplete (then all
  /// of `input` was consumed) or malformed (then failed() is true). `line` is valid until done_with_line().
  bool take_start_line(input_bytes& input, std::string_view& line);
  void done_with_line() { partial_.clear(); }
  /// The received part of an incomplete line.
  std::string_view partial_line() const { return partial_; }
  /// Moves field lines from `input` to `out`, up to the empty line. True: the head is complete.
  bool take_head_fields(input_bytes& input, http::fields& out);

  /// The framing that these fields define. Nothing: they are malformed, and failed() is true.
  std::optional<body_framing> framing_of(const http::fields& fields, http::version version);
  static bool wants_reuse(const http::fields& fields, http::version version) {
    return http1::wants_reuse(fields, version);
  }

  /// Starts the body. `reusable` is the later value of reusable(), which is always false for a close-delimited body.
  void begin_body(body_framing framing, bool reusable);
  /// Moves the next piece of the body from `input` to `piece`, or sets `ended`. False: neither; then all input was
  /// consumed, or failed() is true.
  bool take_body(input_bytes& input, input_bytes& piece, bool& ended);
  http::fields take_trailers() { return std::move(trailers_); }
  bool reusable() const { return reusable_; }
  body_framing framing() const { return framing_; }
  /// Body bytes not received yet, for a body with Content-Length.
  std::uint64_t remaining() const { return remaining_; }
  /// The error if the transport ends inside the head or inside the body.
  failure truncated_head() const;
  failure truncated_body() const;

  void fail(errc code, std::string detail);
  bool failed() const { return static_cast<bool>(failure_); }
  const failure& error() const { return failure_; }
  /// Bytes of this message consumed so far.
  std::uint64_t offset() const { return offset_; }

private:
  enum class at : std::uint8_t { size_line, data, data_end, trailers };
  /// The limits of a line: for itself, and for the section that it belongs to.
  struct line_rule {
    const char* section; // name in error texts: "head", "chunk", "trailer section"
    errc code;           // for a malformed line end
    std::size_t line_bytes;
    const char* line_limit; // name of the limit in error texts
    std::size_t section_bytes;
    const char* section_limit; // name of the limit in error texts
  };
  bool take_line(input_bytes& input, std::string_view& line, const line_rule& rule);
  bool too_long(const line_rule& rule);
  bool strip_line_end(std::string_view& line, const line_rule& rule);
  bool take_fields(input_bytes& input, http::fields& out, const line_rule& rule);
  bool parse_field(std::string_view line, http::fields& out, const char* section);
  bool continue_field(std::string_view line, http::fields& out, const char* section);
  bool take_plain(input_bytes& input, input_bytes& piece);
  bool take_chunked(input_bytes& input, input_bytes& piece, bool& ended);
  bool take_size_line(input_bytes& input);
  bool take_data_end(input_bytes& input);
  bool parse_size_line(std::string_view line);
  std::string where(const char* section) const;
  void consume(input_bytes& input, std::size_t n) {
    input = input.subspan(n);
    offset_ += n;
  }

  limits limits_;
  bool lenient_, bare_lf_;
  failure failure_;
  std::string partial_;           // an incomplete line
  std::uint64_t offset_ = 0;      // bytes of this message consumed
  std::size_t lines_ = 0;         // lines of the head or trailer section consumed, for error texts
  std::size_t section_bytes_ = 0; // bytes of these lines
  body_framing framing_;
  bool reusable_ = false;
  std::uint64_t remaining_ = 0;  // bytes of the body, or of the current chunk
  std::uint64_t body_bytes_ = 0; // body bytes received
  at at_ = at::size_line;
  std::uint8_t line_end_seen_ = 0; // bytes of the CRLF after the data of a chunk
  http::fields trailers_;
};

} // namespace sluice::http1
