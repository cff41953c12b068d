// HTTP/1.1 heads and chunk framing as bytes, checked so that nothing a caller gives can split a message.
// Sans-I/O; knows no connection.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/framing.hpp>
#include <sluice/protocols/http1/message_reader.hpp>

#include <string>
#include <string_view>

namespace sluice::http1 {

/// The head of a request (RFC 9112 §3), with the empty line that ends it. Host comes first, once: from `authority`, or
/// from a Host field that the caller gave instead. The framing fields are written as `framing` says; ones given by hand
/// may only agree. A POST, PUT or PATCH without a body says Content-Length: 0 (RFC 9110 §8.6).
/// errc::invalid_request when method, target, host or a field could not be sent, or contradicts the framing.
result_or_failure<std::string> serialize(const http::request_head& head, body_framing framing);

/// The head of a response (RFC 9112 §4), with the empty line that ends it. `kind::none` is for responses that have no
/// body by definition; for the answer to a HEAD give the framing that the GET would have had.
/// errc::invalid_request as above, also for a framing that the status or HTTP/1.0 does not allow.
result_or_failure<std::string> serialize(const http::response_head& head, body_framing framing);

/// The line before a chunk of `n` > 0 bytes; after the data comes chunk_suffix (RFC 9112 §7.1).
std::string chunk_prefix(std::size_t n);
inline constexpr std::string_view chunk_suffix = "\r\n";

/// The last chunk and the trailer section. errc::invalid_request for a field that must not be a trailer.
result_or_failure<std::string> last_chunk(const http::fields& trailers = {});

} // namespace sluice::http1
