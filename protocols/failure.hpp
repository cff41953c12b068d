// The error value of sluice, used from the engines up to the user: error code, who caused it, and a text for people.
// Knows neither CAF nor the error numbers of any library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice {

/// Error codes. The numeric values are stable, because they are sent between nodes. 0 means "no error".
enum class errc : std::uint8_t {
  none = 0,
  // local: the caller or its configuration
  invalid_url = 1,
  invalid_request, // method, header, body or option that cannot be sent
  invalid_configuration,
  cancelled, // by the caller, by the end of its owner, or by shutdown
  timed_out, // a deadline that the caller set
  body_already_taken,
  limit_exceeded,     // a configured limit of this client (connections, waiting requests, memory budget)
  consumer_failed,    // the consumer of the body failed (disk full, pipe closed)
  out_of_descriptors, // the process or the system has no free file descriptor for a socket; a retry may work
  // transport
  resolve_failed = 40,
  connect_failed,
  connection_reset,
  connection_closed, // cleanly, before any byte of a response
  truncated_body,    // the connection or the data ended before the end of the body
  peer_silent,       // the peer had credit to send and sent nothing in time
  // TLS
  tls_handshake = 60,
  tls_untrusted_certificate,
  tls_host_mismatch,
  tls_certificate_expired,
  tls_protocol,
  tls_truncated, // the transport ended without close_notify
  // remote: what the origin sent
  malformed_status_line = 80,
  malformed_header,
  malformed_framing, // Content-Length, Transfer-Encoding, chunk syntax
  header_too_large,
  too_many_interim_responses,
  unexpected_data, // bytes received while no request was outstanding
  unsupported_protocol,
  malformed_encoding, // gzip, deflate
  unsupported_encoding,
  too_many_encodings,
  refused,                // the origin stated that it did not process the request
  stream_reset,           // the origin reset the stream (RST_STREAM), or closed the connection with an error (GOAWAY)
  protocol_violation,     // frames, settings or field sections that the protocol does not allow
  flow_control_violation, // more data than the window allowed, or a window above its maximum
  flooded,                // too many frames that cost work and carry no data
  http1_required, // HTTP_1_1_REQUIRED (RFC 9113) or H3_VERSION_FALLBACK (RFC 9114): repeat the request over HTTP/1.1
  // a bug in sluice or lack of memory
  internal = 120,
};

/// The party that must change something to avoid the error.
enum class caused_by : std::uint8_t { local, remote, transport };

const char* to_string(errc x) noexcept;
const char* to_string(caused_by x) noexcept;

/// An error as a value. `detail` is a text for people: what happened, where, and what to do.
struct failure {
  errc code = errc::none;
  caused_by by = caused_by::local;
  std::string detail;

  failure() = default;
  failure(errc error_code, caused_by who, std::string text) : code(error_code), by(who), detail(std::move(text)) {}
  explicit operator bool() const noexcept { return code != errc::none; }
  friend bool operator==(const failure&, const failure&) = default;
};

std::string to_string(const failure& x);

/// Text from outside (the peer, a library) made safe for an error text: at most 160 bytes; control characters become
/// '?'.
std::string printable(std::string_view x);

/// Either a T or a failure.
template <class T>
class result_or_failure {
public:
  result_or_failure(T x) : value_(std::in_place_index<0>, std::move(x)) {}
  result_or_failure(failure x) : value_(std::in_place_index<1>, std::move(x)) {}
  explicit operator bool() const noexcept { return value_.index() == 0; }
  T& operator*() & { return std::get<0>(value_); }
  const T& operator*() const& { return std::get<0>(value_); }
  T&& operator*() && { return std::get<0>(std::move(value_)); }
  T* operator->() { return &std::get<0>(value_); }
  const T* operator->() const { return &std::get<0>(value_); }
  const failure& error() const { return std::get<1>(value_); }

private:
  std::variant<T, failure> value_;
};

} // namespace sluice
