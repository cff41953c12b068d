// The bounds of the HTTP/3 engine, each a field that its error message names.
// Plain values; those of the connection below are quic::limits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::http3 {

struct limits {
  std::size_t head_bytes =
      256u << 10; ///< names, values and 32 bytes a field (RFC 9114 section 4.2.2), of each head and trailer section
  std::size_t field_count = 256;         ///< of each head and trailer section
  std::size_t interim_responses = 16;    ///< 1xx responses before the final one
  std::size_t concurrent_streams = 1000; ///< under way on one connection, where the origin allows more

  std::size_t field_table_bytes = 4096; ///< QPACK's dynamic table, each direction
  std::size_t blocked_streams = 100;    ///< that may wait for entries of that table

  /// What a stream may bring beside its body (frame headers, field sections, unknown frames): so much, and four times
  /// the body.
  std::size_t framing_bytes = 1u << 20;
  /// What the origin's own streams (control, QPACK) may bring: a burst, refilled over time.
  std::size_t control_bytes = 1u << 20;
  std::size_t control_bytes_a_second = 256u << 10;

  /// Of a request's body, kept until the origin has acknowledged it.
  std::size_t upload_bytes = 1u << 20;
};

} // namespace sluice::http3
