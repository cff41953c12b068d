// The limits of the HTTP/2 engine. The error text of an exceeded limit contains the name of the field.
// Plain values; knows no engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::http2 {

struct limits {
  /// Size of each head and trailer section: names, values and 32 bytes per field (RFC 9113 section 6.5.2).
  std::size_t head_bytes = 256u << 10;
  std::size_t field_count = 256;         ///< fields of each head and trailer section
  std::size_t interim_responses = 16;    ///< 1xx responses before the final one
  std::size_t concurrent_streams = 1000; ///< open streams on a connection, even if the origin allows more
  std::size_t continuation_frames = 32;  ///< CONTINUATION frames of one field section

  /// Token buckets for frames that cost work and carry little or no data: burst size, and tokens added per second.
  /// SETTINGS, PING, PRIORITY, RST_STREAM, GOAWAY, unknown frames, and empty DATA frames:
  std::size_t control_frames = 1000;
  std::size_t control_frames_a_second = 100;
  /// DATA frames with 1 to 15 bytes of data and without END_STREAM. High, as flow control limits them too:
  std::size_t tiny_data_frames = 1'000'000;
  std::size_t tiny_data_frames_a_second = 50'000;
  /// WINDOW_UPDATE frames. Each DATA frame that this client sends adds four tokens.
  std::size_t window_updates = 2000;
  std::size_t window_updates_a_second = 1000;

  /// Bytes. Credited on receipt, so it limits the bytes in flight, not what slow readers hold.
  std::uint32_t connection_window = 16u << 20;
  std::uint32_t header_table_bytes = 4096; ///< HPACK dynamic table, each direction

  /// While streams are open and nothing was received for `ping_after`, the client sends a PING. Without a reply within
  /// `ping_timeout` the connection fails (peer_silent). Zero `ping_after`: off.
  std::chrono::milliseconds ping_after{15'000};
  std::chrono::milliseconds ping_timeout{10'000};
  std::chrono::milliseconds round_trip_every{1'000}; ///< minimum time between PINGs that measure the round trip
};

} // namespace sluice::http2
