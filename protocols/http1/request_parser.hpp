// HTTP/1.1 requests out of bytes (RFC 9112), strictly, as a server reads them.
// Sans-I/O: knows no socket, no route, and copies no body byte.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

#include <variant>

namespace sluice::http1 {

/// The head of a request; `head.authority` is its Host field.
struct request_begun {
  http::request_head head;
  http::version version = http::version::http1_1;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
  bool expects_continue = false; ///< Expect: 100-continue (RFC 9110 §10.1.1)
};

struct request_step {
  std::size_t consumed = 0;
  std::variant<need_more, request_begun, body, end, failure> what;
};

/// Reads the requests of one connection one after the other. After a failure it must not be used again.
class request_parser {
public:
  explicit request_parser(const limits& bounds = {}) : limits_(bounds), reader_(bounds) {}
  /// Reads on. Call it again with the rest of the input until it says need_more or a failure.
  request_step parse(input_bytes input);
  /// Between two requests, with no byte of the next one read.
  bool idle() const { return state_ == state::start_line && reader_.offset() == 0; }

private:
  enum class state : std::uint8_t { start_line, fields, body };
  bool parse_request_line(std::string_view line);
  std::optional<request_step> head_complete();

  limits limits_;
  message_reader reader_;
  state state_ = state::start_line;
  http::request_head head_;
  http::version version_ = http::version::http1_1;
};

} // namespace sluice::http1
