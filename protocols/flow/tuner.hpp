// Decides when the window of a body may grow and how far: while the reader keeps up, to about twice the
// bandwidth-delay product of the path. The time is an argument. Knows neither sockets nor what the bytes are.
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
  /// The shortest interval over which a rate is measured, and the shortest round trip that the reader is judged by.
  /// Below it the wake-up time of a thread, not the path, decides what is measured.
  std::chrono::nanoseconds rtt_floor = std::chrono::milliseconds{1};
  /// The window keeps its initial size: the user set it.
  bool fixed = false;
  /// The largest addition to twice the bandwidth-delay product, for bytes between the socket and the reader. The round
  /// trip of the network does not include them (measured in decision 0016).
  wire_bytes slack{512u << 10};
};

/// Measures the rate of consumption over stretches: intervals of a sixteenth of a round trip, or `rtt_floor` if that is
/// longer.
///
/// - Trigger: the reader consumes half of the window or more within a round trip.
/// - New size: twice the product of the fastest stretch's rate and the round trip, plus the bytes that the reader
///   consumes in a round trip, at most `slack`.
/// - If the window limits the rate, the product equals the window, so the window doubles like the sender's congestion
///   window does. If the link or the reader limits it, the product is smaller and growth ends.
/// - If all bytes of a round trip arrive in one burst, the burst's rate says nothing about the path. Therefore the rate
///   is capped at twice the average rate; on paths much shorter than `rtt_floor`, where thread wake-ups decide when
///   bytes are consumed, at the average rate.
class tuner {
public:
  explicit tuner(tuner_config config);

  /// The reader consumed `n` at time `now` of a monotonic clock. `rtt` is the shortest round trip of the path, 0 if
  /// unknown. Returns the new size if the size changes. The first call only starts the clock; its bytes do not count,
  /// because the time that they took is unknown.
  std::optional<wire_bytes> on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt);

  /// The new size was refused; the window keeps the size `actual`.
  void limit(wire_bytes actual) noexcept { size_ = actual; }
  /// Lowers the configured maximum.
  void set_maximum(wire_bytes n) noexcept { config_.maximum = n; }
  wire_bytes size() const noexcept { return size_; }

private:
  /// Bytes consumed, and the time that took.
  struct stretch {
    float bytes = 0, nanoseconds = 0;
  };
  struct delivery {
    double bytes = 0;   ///< consumed in the last round trip
    double fastest = 0; ///< bytes per nanosecond in the fastest stretch of the last round trip
    double usual = 0;   ///< average, bytes per nanosecond, over a round trip or 16 stretches, whichever is longer
  };
  void add(wire_bytes n, std::chrono::nanoseconds took);
  delivery measure(std::chrono::nanoseconds length, std::chrono::nanoseconds round_trip, bool short_path) const;

  static constexpr std::size_t stretches_a_round_trip = 16;
  tuner_config config_;
  wire_bytes size_;
  wire_bytes consumed_;                           // in the current stretch
  std::optional<std::chrono::nanoseconds> since_; // start of the current stretch
  std::array<stretch, stretches_a_round_trip> stretches_{};
  std::size_t next_ = 0; // index of the oldest stretch, which is overwritten next
};

/// Chooses the round trip of the path from two measurements (0: unknown): the protocol's (an HTTP/2 PING) and the
/// transport's (from connection set-up). A PING also waits for threads at both ends and behind queued data, so the
/// transport's value is more exact if the two are close. If the PING takes much longer, a middlebox terminates the
/// transport connection, and only the PING measures the whole path.
std::chrono::nanoseconds path_round_trip(std::chrono::nanoseconds of_protocol, std::chrono::nanoseconds of_transport);

} // namespace sluice::flow
