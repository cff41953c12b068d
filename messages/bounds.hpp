// The ranges of what users put into messages, and the checks that refuse values outside of them.
// Pure functions for any thread; knows no actor. The ranges of a client_config are in actors/client/client_bounds.hpp.
#pragma once

#include <sluice/messages/interfaces.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

/// The largest value of each field of `deadlines`: 365 days. Clocks count nanoseconds in 64 bits and overflow much
/// later.
inline constexpr std::chrono::milliseconds longest_deadline = std::chrono::hours{24} * 365;
/// The smallest explicit window of a body (read_policy::window). A smaller one would need a frame for every few bytes.
inline constexpr wire_bytes smallest_window{1024};
/// The most that one `read` may ask for: 1 GiB. A piece is never larger than chunk_limit_bytes, whatever was asked for.
inline constexpr decoded_bytes largest_read{1u << 30};
inline constexpr std::size_t method_bytes_max = 64;
inline constexpr std::size_t url_bytes_max = 64u << 10;
/// Field lines of a request or of its trailer section; also the names in request::without.
inline constexpr std::size_t request_fields_max = 1000;
/// Size of a field section: names, values and 32 bytes for each line (RFC 9113 section 6.5.2, RFC 9114 section 4.2.2).
inline constexpr std::size_t request_fields_bytes_max = 1u << 20;
/// Largest request_body::length in bytes: the largest integer of QUIC (RFC 9000 section 16).
inline constexpr std::uint64_t body_length_max = (std::uint64_t{1} << 62) - 1;
/// Largest redirect_policy::limit. Browsers stop after 20.
inline constexpr std::uint32_t redirect_limit_max = 1000;
/// Largest retry_policy::attempts and retry_policy::factor, and the most retry_policy::further_statuses.
inline constexpr std::uint32_t retry_attempts_max = 1000;
inline constexpr std::uint32_t retry_factor_max = 10;
inline constexpr std::size_t retry_statuses_max = 200;

// Each check returns the first problem, or a failure with errc::none. The detail names the field, its range and the
// value. Unless noted otherwise the code is errc::invalid_request, caused by the local side.

/// Checks the size of a `read`: at least 1, at most largest_read.
failure check_read(decoded_bytes most);
/// The largest piece that answers a read of `most` bytes. Every piece fits into a message to another node.
constexpr std::uint64_t piece_limit(decoded_bytes most) {
  return std::min<std::uint64_t>(most.value, chunk_limit_bytes);
}

/// Checks names, values (RFC 9110 section 5), number and size of a field section. `which` ("request.fields") is named
/// in the failure. Also used for the trailers that the source of a request's body gives.
failure check_fields(const http::fields& fields, std::string_view which);
failure check(const deadlines& deadlines);
failure check(const redirect_policy& policy);
failure check(const retry_policy& policy);
/// Checks that the fields agree with each other. errc::limit_exceeded: the body was too large to come from another
/// node.
failure check(const request_body& body);
/// errc::limit_exceeded: the piece was too large to come from another node.
failure check(const piece& piece);
/// Checks all of a request except the syntax of its URL; a URL that is too long is errc::invalid_url. `largest_window`
/// is the largest explicit window that the client allows.
failure check(const request& request, wire_bytes largest_window);

} // namespace sluice
