// The limits of the HTTP/2 engine. The error text of an exceeded limit contains the name of the field.
// Plain values; knows no engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::http2 {

struct limits {
  /// Size of each head and trailer section: names, values and 32 bytes for each field (RFC 9113 section 6.5.2).
  std::size_t head_bytes = 256u << 10;
  std::size_t field_count = 256;         ///< of each head and trailer section
  std::size_t interim_responses = 16;    ///< 1xx responses before the final one
  std::size_t concurrent_streams = 1000; ///< open streams on a connection, even if the origin allows more
  std::size_t continuation_frames = 32;  ///< CONTINUATION frames of one field section

  /// Frames without body bytes are limited by a burst and a rate. SETTINGS, PING, PRIORITY, RST_STREAM, GOAWAY, unknown
  /// frames, empty DATA:
  std::size_t control_frames = 1000;
  std::size_t control_frames_a_second = 100;
  /// DATA frames with 1 to 15 bytes that do not end their stream:
  std::size_t tiny_data_frames = 1'000'000;
  std::size_t tiny_data_frames_a_second = 50'000;
  /// WINDOW_UPDATE frames. Each DATA frame that this client sends adds four tokens.
  std::size_t window_updates = 2000;
  std::size_t window_updates_a_second = 1000;

  std::uint32_t connection_window = 16u << 20; ///< bytes; credited on receipt, so it only limits what is on its way
  std::uint32_t header_table_bytes = 4096;     ///< HPACK, each direction

  /// If exchanges are under way and nothing came for `ping_after`, a PING is sent. If it is not answered within
  /// `ping_timeout`, the connection is closed. `ping_after` of zero: no such PING.
  std::chrono::milliseconds ping_after{15'000};
  std::chrono::milliseconds ping_timeout{10'000};
  std::chrono::milliseconds round_trip_every{1'000}; ///< minimum time between PINGs that measure the round trip
};

} // namespace sluice::http2
