// HTTP/1.1 requests out of bytes (RFC 9112), strictly, as a server reads them.
// Sans-I/O: knows no socket, no route, and copies no body byte.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

#include <variant>

namespace sluice::http1 {

/// The head of a request. `head.authority` is its Host field; for a target in absolute-form both come from that, and
/// `head.target` is its path and query (RFC 9112 §3.2.2); for CONNECT both are the target. An authority is in its
/// canonical form (uri::canonical_authority): 0x7f.1 is 127.0.0.1.
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

/// Reads the requests of one connection one after the other. A failure stays: the connection must be closed.
/// Bytes after `end` are left in the input and begin the next request.
class request_parser {
public:
  explicit request_parser(const limits& bounds = {}) : reader_(bounds, message_reader::kind::request) {}
  /// Reads on. Call it again with the rest of the input until it says need_more or a failure.
  request_step parse(input_bytes input);
  /// The transport ended, cleanly: connection_closed between requests, otherwise what is missing.
  request_step finish() const;
  /// Between two requests, with no byte of the next one read.
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
