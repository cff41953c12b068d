// Writes HTTP/1.1 heads and chunk framing. Checks every value from the caller, so that none can inject a further field
// or message. No I/O; knows no connection.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/framing.hpp>
#include <sluice/protocols/http1/message_reader.hpp>

#include <string>
#include <string_view>

namespace sluice::http1 {

/// The head of a request (RFC 9112 §3) with the empty line at its end. Host is the first field: from a Host field of
/// the caller, else from `authority`. Framing fields follow from `framing`; the caller may also give them if they
/// agree. A POST, PUT or PATCH without a body gets Content-Length: 0 (RFC 9110 §8.6). errc::invalid_request: method,
/// target, host or a field is invalid, or a field contradicts the framing.
result_or_failure<std::string> serialize(const http::request_head& head, body_framing framing);

/// The head of a response (RFC 9112 §4) with the empty line at its end. `kind::none` is for responses without a body;
/// for a response to HEAD pass the framing that the response to GET would have.
/// errc::invalid_request: as above, and for a framing that the status or HTTP/1.0 does not allow.
result_or_failure<std::string> serialize(const http::response_head& head, body_framing framing);

/// The line before a chunk of `n` > 0 bytes; chunk_suffix follows the data (RFC 9112 §7.1).
std::string chunk_prefix(std::size_t n);
inline constexpr std::string_view chunk_suffix = "\r\n";

/// The last chunk and the trailer section. errc::invalid_request for a field that must not be a trailer.
result_or_failure<std::string> last_chunk(const http::fields& trailers = {});

} // namespace sluice::http1
