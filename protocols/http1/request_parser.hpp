// Parses HTTP/1.1 requests (RFC 9112) strictly, for servers.
// No I/O: knows no socket and no routing, and copies no body bytes.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

#include <variant>

namespace sluice::http1 {

/// The head of a request. `head.authority` is the Host field and `head.target` the request target. Exceptions: for a
/// target in absolute-form they are its authority and its path and query (RFC 9112 §3.2.2); for CONNECT both are the
/// target. The authority is canonical (uri::canonical_authority): 0x7f.1 is 127.0.0.1.
struct request_begun {
  http::request_head head;
  http::version version = http::version::http1_1;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
  bool expects_continue = false; ///< Expect: 100-continue (RFC 9110 §10.1.1)
};

using request_event = std::variant<need_more, request_begun, body, end, failure>;
struct request_step {
  std::size_t consumed = 0;
  request_event what;
};

/// Parses the requests of one connection, one after the other. After a failure every call returns it again: close the
/// connection. Bytes after `end` are not consumed; they begin the next request.
class request_parser {
public:
  explicit request_parser(const limits& bounds = {}) : reader_(bounds, message_reader::kind::request) {}
  /// Parses the next event. Call it again with the rest of the input until it returns need_more or a failure.
  request_step parse(input_bytes input);
  /// The transport ended cleanly. Returns errc::connection_closed between requests, otherwise the error of a truncated
  /// head or body.
  request_step finish() const;
  /// No byte of the next request has been consumed.
  bool idle() const { return state_ == state::start_line && reader_.offset() == 0; }

private:
  enum class state : std::uint8_t { start_line, fields, body };
  bool parse_request_line(std::string_view line);
  bool resolve_target();
  bool check_host();
  std::optional<request_event> head_complete();
  request_event read(input_bytes& input);

  message_reader reader_;
  state state_ = state::start_line;
  bool empty_line_skipped_ = false;
  http::request_head head_;
  http::version version_ = http::version::http1_1;
};

} // namespace sluice::http1
