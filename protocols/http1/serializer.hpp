// HTTP/1.1 heads and chunk framing as bytes, checked so that nothing a caller gives can split a message.
// Sans-I/O; knows no connection.
#pragma once

#include <sluice/protocols/http1/message_reader.hpp>

namespace sluice::http1 {

/// The head of a request (RFC 9112 §3), origin-form target, Host from `authority`, framing fields as `framing` says.
/// errc::invalid_request when the method, target or a field could not be sent, or contradicts the framing.
result_or_failure<std::string> serialize(const http::request_head& head, body_framing framing);

/// The head of a response (RFC 9112 §4).
result_or_failure<std::string> serialize(const http::response_head& head, body_framing framing);

/// The line before a chunk of `n` bytes; after the data comes chunk_suffix (RFC 9112 §7.1).
std::string chunk_prefix(std::size_t n);
inline constexpr std::string_view chunk_suffix = "\r\n";

/// The last chunk and the trailer section.
result_or_failure<std::string> last_chunk(const http::fields& trailers = {});

} // namespace sluice::http1
