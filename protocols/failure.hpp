// The error value of sluice, from engine to user: what went wrong, who caused it, and what to do.
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
  cancelled,          // by the caller, its owner's end, or shutdown
  timed_out,          // a deadline that the caller set
  body_already_taken, // not used
  limit_exceeded,     // one of our own bounds (waiting requests, the size of a message between nodes, text())
  consumer_failed,    // writing a file or a response's body, or the source of a request's body, failed
  out_of_descriptors, // the process or the machine has no file descriptor left for a socket; later it may have
  // transport
  resolve_failed = 40,
  connect_failed,
  connection_reset,
  connection_closed, // cleanly, before a response began
  truncated_body,    // the body ended before its framing said so
  peer_silent,       // the peer may send or has to take bytes, and did not in time
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
  malformed_encoding, // gzip, deflate, br, zstd
  unsupported_encoding,
  too_many_encodings,
  refused,                // the origin stated that it did not process the request
  stream_reset,           // the origin reset the stream (RST_STREAM), or closed the connection with an error (GOAWAY)
  protocol_violation,     // frames, settings or field sections that the protocol does not allow
  flow_control_violation, // more than a window allowed, or a window beyond its maximum
  flooded,                // more frames or datagrams without content than a limit allows
  http1_required,     // HTTP_1_1_REQUIRED (RFC 9113), H3_VERSION_FALLBACK (RFC 9114): to be sent again over HTTP/1.1
  too_many_redirects, // more than redirect_policy::limit
  redirect_refused,   // a redirect whose Location cannot be followed, or may not be
  // ours
  internal = 120,
};

/// Who caused an error: this program, the origin, or what is between them.
enum class caused_by : std::uint8_t { local, remote, transport };

const char* to_string(errc code) noexcept;
const char* to_string(caused_by who) noexcept;

/// An error as a value; errc::none is no error. `detail` is a sentence for people: what, where, and what to do.
struct failure {
  errc code = errc::none;
  caused_by by = caused_by::local;
  std::string detail;

  failure() = default;
  failure(errc error_code, caused_by who, std::string text) : code(error_code), by(who), detail(std::move(text)) {}
  explicit operator bool() const noexcept { return code != errc::none; }
  friend bool operator==(const failure&, const failure&) = default;
};

std::string to_string(const failure& why);

/// Text from a peer, made fit for an error message: at most 160 bytes, with '?' for control characters.
std::string printable(std::string_view text);

/// Either a T or a failure.
template <class T>
class result_or_failure {
public:
  result_or_failure(T value) : value_(std::in_place_index<0>, std::move(value)) {}
  result_or_failure(failure why) : value_(std::in_place_index<1>, std::move(why)) {}
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
