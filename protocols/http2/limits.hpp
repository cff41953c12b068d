// The bounds of the HTTP/2 engine, each a field that its error message names.
// Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::http2 {

struct limits {
  std::size_t head_bytes =
      256u << 10; ///< names, values and 32 bytes a field (RFC 9113 section 6.5.2), of each head and trailer section
  std::size_t field_count = 256;         ///< of each head and trailer section
  std::size_t interim_responses = 16;    ///< 1xx responses before the final one
  std::size_t concurrent_streams = 1000; ///< under way on one connection, where the origin allows more
  std::size_t continuation_frames = 32;  ///< CONTINUATION frames of one field section

  /// Frames that carry nothing for a reader are allowed in bursts, refilled over time. SETTINGS, PING, PRIORITY,
  /// RST_STREAM, GOAWAY, unknown frames, empty DATA:
  std::size_t control_frames = 1000;
  std::size_t control_frames_a_second = 100;
  /// DATA frames with a byte to 15 that do not end their stream. Their readers bound them too:
  std::size_t tiny_data_frames = 1'000'000;
  std::size_t tiny_data_frames_a_second = 50'000;
  /// WINDOW_UPDATE frames; each DATA frame that we send allows four more.
  std::size_t window_updates = 2000;
  std::size_t window_updates_a_second = 1000;

  std::uint32_t connection_window = 16u << 20; ///< bytes; credited on receipt, so it bounds nothing but the path
  std::uint32_t header_table_bytes = 4096;     ///< HPACK, each direction

  /// With exchanges under way and nothing heard for `ping_after`, a PING asks whether the peer is alive; unanswered for
  /// `ping_timeout`, it is not. Zero: never asked.
  std::chrono::milliseconds ping_after{15'000};
  std::chrono::milliseconds ping_timeout{10'000};
  std::chrono::milliseconds round_trip_every{1'000}; ///< least time between PINGs that measure the round trip
};

} // namespace sluice::http2
