// How a message's body is delimited, and whether the connection outlives it (RFC 9112 §6, §9.3).
// Decides from fields alone; knows neither methods nor bytes.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>

#include <cstdint>

namespace sluice::http1 {

/// How a message's body is delimited (RFC 9112 §6.3).
struct body_framing {
  enum class kind : std::uint8_t { none, length, chunked, until_close };
  kind how = kind::none;
  std::uint64_t length = 0; ///< body bytes, for kind::length
  friend bool operator==(const body_framing&, const body_framing&) = default;
};

/// The framing that received fields ask for; `until_close` when they say nothing. Fails with malformed_framing when
/// they contradict themselves or each other, with unsupported_encoding for a transfer coding other than chunked.
result_or_failure<body_framing> framing_of(const http::fields& fields, http::version version);

/// Whether the sender of these fields means to go on with the connection (RFC 9112 §9.3).
bool wants_reuse(const http::fields& fields, http::version version);

} // namespace sluice::http1
