// The ranges of what users put into messages, and the checks that refuse what is outside of them, by field and range.
// Pure functions; knows no actor. The ranges of a client's configuration are in actors/client/client_bounds.hpp.
#pragma once

#include <sluice/messages/interfaces.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Of each field of `deadlines`. Far from where the arithmetic of clocks (nanoseconds in 64 bits) overflows.
inline constexpr std::chrono::milliseconds longest_deadline = std::chrono::hours{24} * 365;
/// A window below this would need a frame for every few bytes.
inline constexpr wire_bytes smallest_window{1024};
/// What a `read` may ask for. A piece is never larger than chunk_limit_bytes, whatever was asked for.
inline constexpr decoded_bytes largest_read{1u << 30};
inline constexpr std::size_t method_bytes_max = 64;
inline constexpr std::size_t url_bytes_max = 64u << 10;
inline constexpr std::size_t request_fields_max = 1000;
/// Names, values and 32 bytes a field, as HTTP/2 and HTTP/3 count field sections.
inline constexpr std::size_t request_fields_bytes_max = 1u << 20;
/// What HTTP/3 can count (RFC 9000 section 16).
inline constexpr std::uint64_t body_length_max = (std::uint64_t{1} << 62) - 1;

/// A read of `most` bytes: at least 1, at most largest_read.
failure check_read(decoded_bytes most);
/// The size of the next piece at most, for a reader that was asked for `most`: every piece fits into a message to
/// another node.
constexpr std::uint64_t piece_limit(decoded_bytes most) {
  return std::min<std::uint64_t>(most.value, chunk_limit_bytes);
}

/// Names, values, number and size of a field section; `which` ("request.fields") is named in the failure. For the
/// trailers that a source of a request's body gives, too.
failure check_fields(const http::fields& x, std::string_view which);
failure check(const deadlines& x);
/// What of the body contradicts itself, and what was too large to come from another node.
failure check(const request_body& x);
/// A piece that a source of another node could not send.
failure check(const piece& x);
/// All of a request but its URL's syntax. `largest_window` is the largest explicit window that the client allows.
failure check(const request& x, wire_bytes largest_window);

} // namespace sluice
