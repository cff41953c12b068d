// Parses HTTP/1.1 responses (RFC 9112) strictly, for clients.
// No I/O: knows no socket and no clock, and copies no body bytes.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

#include <variant>

namespace sluice::http1 {

/// A 1xx response (RFC 9110 §15.2); the final response follows.
struct interim {
  http::response_head head;
};
/// The head of the final response.
struct head {
  http::response_head head;
  bool has_body = false;
  std::optional<std::uint64_t> content_length; ///< bytes; unset for chunked and close-delimited bodies
};

/// The result of one parse() call: an event, and the number of input bytes consumed.
using event = std::variant<need_more, interim, head, body, end, failure>;
struct step {
  std::size_t consumed = 0;
  event what;
};

/// Parses the responses of one connection, one stream at a time. After a failure every call returns it again: close the
/// connection. Bytes after `end` are not consumed; bytes without an outstanding request are errc::unexpected_data.
///
/// Tolerated, because RFC 9112 permits it or it is unambiguous: minor versions above 1; statuses from 600 to 999 (the
/// user treats them as 5xx, RFC 9110 §15); obsolete line folding (§5.2) except in framing fields; a few empty lines
/// before a status line; blanks after the size of a chunk; with limits::bare_lf also LF without CR.
class response_parser {
public:
  explicit response_parser(const limits& bounds = {})
    : limits_(bounds), reader_(bounds, message_reader::kind::response) {}

  /// A request with this method is being sent: the next input is its response.
  void begin(std::string_view method);
  /// Parses the next event. Call it again with the rest of the input until it returns need_more, end or a failure.
  step parse(input_bytes input);
  /// The transport ended cleanly. Returns `end` for a close-delimited body. Otherwise errc::connection_closed before
  /// any byte of a response, malformed_status_line or malformed_header inside its head, truncated_body inside its body.
  step finish();

  /// A byte of the response, or of an interim response, has arrived.
  bool started() const {
    return state_ != state::idle && (state_ != state::start_line || interim_count_ > 0 || reader_.offset() > 0);
  }
  /// No request is outstanding.
  bool idle() const { return state_ == state::idle; }
  /// Body bytes not received yet, if Content-Length or the lack of a body determines them.
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
  std::size_t empty_lines_ = 0; // skipped before the status lines of this response and its interim responses
};

} // namespace sluice::http1
