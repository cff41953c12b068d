// The limits of the HTTP/3 engine. The error text of an exceeded limit contains the name of the field.
// Plain values; the limits of the QUIC connection are quic::limits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::http3 {

struct limits {
  /// Size of each head and trailer section: names, values and 32 bytes for each field (RFC 9114 section 4.2.2).
  std::size_t head_bytes = 256u << 10;
  std::size_t field_count = 256;         ///< of each head and trailer section
  std::size_t interim_responses = 16;    ///< 1xx responses before the final one
  std::size_t concurrent_streams = 1000; ///< open streams on a connection, even if the origin allows more

  std::size_t field_table_bytes = 4096; ///< QPACK dynamic table, each direction
  std::size_t blocked_streams = 100;    ///< streams that may wait for QPACK table entries (RFC 9204 section 2.1.2)

  /// Bytes of a stream that are not body (frame headers, unknown frames): at most this and four times the body.
  std::size_t framing_bytes = 1u << 20;
  /// Bytes of the origin's own streams (control, QPACK): a burst, and a rate after that.
  std::size_t control_bytes = 1u << 20;
  std::size_t control_bytes_a_second = 256u << 10;

  /// Bytes of a request's body that may be unacknowledged before more is asked of its source.
  std::size_t upload_bytes = 1u << 20;
};

} // namespace sluice::http3
