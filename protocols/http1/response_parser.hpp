// HTTP/1.1 responses out of bytes (RFC 9112), strictly, as a client reads them.
// Sans-I/O: knows no socket, no clock, and copies no body byte.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

#include <variant>

namespace sluice::http1 {

/// A 1xx response (RFC 9110 §15.2); the final one is still to come.
struct interim {
  http::response_head head;
};
/// The head of the final response.
struct head {
  http::response_head head;
  bool has_body = false;
  std::optional<std::uint64_t> content_length; ///< as framed; not set for chunked and close-delimited bodies
};

/// One thing that was read, and how many bytes of the input it took.
using event = std::variant<need_more, interim, head, body, end, failure>;
struct step {
  std::size_t consumed = 0;
  event what;
};

/// Reads the responses of one connection, one exchange at a time. A failure stays: the connection must be closed.
/// Tolerated, because RFC 9112 says so or nothing can be misread by it: minor versions above 1, statuses from 600 to
/// 999 (to be treated as 5xx, RFC 9110 §15), obsolete line folding (§5.2) except of framing fields, a few empty lines
/// before a status line, blanks after a chunk's size; with limits::bare_lf also LF without CR. Bytes after `end` are
/// left in the input; bytes that come when no response is awaited are errc::unexpected_data.
class response_parser {
public:
  explicit response_parser(const limits& bounds = {})
    : limits_(bounds), reader_(bounds, message_reader::kind::response) {}

  /// A request with this method was sent: what comes next answers it.
  void begin(std::string_view method);
  /// Reads on. Call it again with the rest of the input until it says need_more, end or a failure.
  step parse(input_bytes input);
  /// The transport ended, cleanly: `end` for a body that was delimited by it. Otherwise connection_closed before any
  /// byte of a response, malformed_status_line or malformed_header inside its head, truncated_body inside its body.
  step finish();

  /// Some byte of the awaited response has come, be it of an interim one.
  bool started() const {
    return state_ != state::idle && (state_ != state::start_line || interim_count_ > 0 || reader_.offset() > 0);
  }
  /// No response is awaited.
  bool idle() const { return state_ == state::idle; }
  /// Body bytes that are known to be still to come (Content-Length only).
  std::optional<std::uint64_t> remaining() const;
  bool delimited_by_close() const {
    return state_ == state::body && reader_.framing().how == body_framing::kind::until_close;
  }

private:
  enum class state : std::uint8_t { idle, start_line, fields, body };
  bool is_foreign(input_bytes input);
  bool take_status_line(input_bytes& input);
  bool parse_status_line(std::string_view line);
  std::optional<event> head_complete();
  std::optional<event> interim_complete();
  std::optional<event> final_complete();
  event read(input_bytes& input);

  limits limits_;
  message_reader reader_;
  state state_ = state::idle;
  std::string method_;
  http::response_head head_;
  std::size_t interim_count_ = 0;
  std::size_t empty_lines_ = 0; // skipped before the status lines of this response
};

} // namespace sluice::http1
