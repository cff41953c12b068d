// When a stream's window may grow, and how far: as its reader proves that it keeps up, to about twice what the path
// holds.
// Time is an argument; knows neither sockets nor what the bytes are.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::flow {

struct tuner_config {
  wire_bytes initial{64u << 10};
  wire_bytes maximum{1u << 20};
  /// The shortest stretch over which a rate is measured, and the least round trip in which a reader proves itself:
  /// below it one wake-up of a thread, not the path, decides what is measured.
  std::chrono::nanoseconds rtt_floor = std::chrono::milliseconds{1};
  /// A size set by the user is never overridden.
  bool fixed = false;
  /// The most that a window may hold beyond twice the path's bytes: data on its way between socket and reader, which no
  /// round trip of the network shows (decision 0016 has the measurements).
  wire_bytes slack{512u << 10};
};

/// Measures what the reader consumes over stretches of a sixteenth of a round trip. A window grows while its reader
/// consumes half of it or more within a round trip: to twice the bytes that the path holds at the fastest of these
/// stretches, and as much again for the way to the reader, but no more than `slack`. A path that the window limits
/// holds just the window: it grows as often as the sender's congestion window does. One that the link or the reader
/// limits holds less, and growth ends. Where all bytes of a round trip come at once their rate says nothing about the
/// path; then a window ends at four times what a round trip brought, and that slack. On paths of less than a
/// millisecond, where threads decide when bytes are consumed, it is twice the usual rate.
class tuner {
public:
  explicit tuner(tuner_config config);

  /// The reader consumed `n` at time `now` (of any monotonic clock); `rtt` is the path's shortest round trip, 0 if
  /// unknown. Returns the new size if it is to change. The bytes of the first call do not count: nobody knows since
  /// when they came.
  std::optional<wire_bytes> on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt);

  /// The size wanted was not granted: go on from `actual`.
  void limit(wire_bytes actual) noexcept { size_ = actual; }
  /// A smaller bound than configured, as a transport that buffers by itself needs.
  void set_maximum(wire_bytes n) noexcept { config_.maximum = n; }
  wire_bytes size() const noexcept { return size_; }

private:
  /// Bytes consumed, and how long that took.
  struct stretch {
    float bytes = 0, nanoseconds = 0;
  };
  struct delivery {
    double bytes = 0;   ///< in the last round trip
    double fastest = 0; ///< bytes a nanosecond, in one of its stretches
    double usual = 0;   ///< bytes a nanosecond, in a round trip or 16 of the shortest stretches, whichever is more
  };
  void add(wire_bytes n, std::chrono::nanoseconds took);
  delivery measure(std::chrono::nanoseconds length, std::chrono::nanoseconds round_trip, bool short_path) const;

  static constexpr std::size_t stretches_a_round_trip = 16;
  tuner_config config_;
  wire_bytes size_;
  wire_bytes consumed_;                           // in the stretch under way
  std::optional<std::chrono::nanoseconds> since_; // when it began
  std::array<stretch, stretches_a_round_trip> stretches_{};
  std::size_t next_ = 0; // the oldest of them
};

/// The path's round trip, of two measures of it (0: unknown): the protocol's, as by a PING, and the transport's from
/// when the connection was made. A PING's answer waits for the threads at both ends and behind data, so the transport's
/// is the better one where they are close; where they are not, something on the way splits the transport's connection,
/// and only the PING goes all the way.
std::chrono::nanoseconds path_round_trip(std::chrono::nanoseconds of_protocol, std::chrono::nanoseconds of_transport);

} // namespace sluice::flow
