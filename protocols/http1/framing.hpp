// Message framing: how the end of a body is found, and whether the connection persists after it (RFC 9112 §6, §9.3).
// Reads fields only; knows neither methods nor input.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>

#include <cstdint>

namespace sluice::http1 {

/// How the end of a message's body is found (RFC 9112 §6.3).
struct body_framing {
  enum class kind : std::uint8_t { none, length, chunked, until_close };
  kind how = kind::none;
  std::uint64_t length = 0; ///< body bytes, for kind::length
  friend bool operator==(const body_framing&, const body_framing&) = default;
};

/// The framing of a received message; `until_close` without Content-Length and Transfer-Encoding.
/// errc::malformed_framing: the fields are malformed or contradict each other. errc::unsupported_encoding: a transfer
/// coding other than chunked.
result_or_failure<body_framing> framing_of(const http::fields& fields, http::version version);

/// Whether the sender of these fields keeps the connection open after the message (RFC 9112 §9.3).
bool wants_reuse(const http::fields& fields, http::version version);

} // namespace sluice::http1
