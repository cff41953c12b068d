// When a stream's window may grow: only on the proof that the reader keeps emptying it (DESIGN rule "grow on proof").
// Time is an argument; knows neither sockets nor what the bytes are.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <chrono>
#include <optional>

namespace sluice::flow {

struct tuner_config {
  wire_bytes initial{64u << 10};
  wire_bytes maximum{1u << 20};
  /// Round trips below this count as this: loopback and scheduling noise.
  std::chrono::nanoseconds rtt_floor = std::chrono::milliseconds{1};
  /// A size set by the user is never overridden.
  bool fixed = false;
};

/// Doubles a window when the reader has consumed a whole one within two round trips; once it has grown, whenever half of
/// one was consumed within one round trip. In half of that time: it is quadrupled. A window that the path limits is emptied
/// about once a round trip and grows as fast as the sender's congestion window does; one that the link or the reader
/// limits is not, and stays, at no more than four times what the link can hold.
class tuner {
public:
  explicit tuner(tuner_config config);

  /// The reader consumed `n` at time `now` (of any monotonic clock); `rtt` is a round trip of the path with little queueing in it, 0 if unknown.
  /// Returns the new size if it is to change. The bytes that begin a measurement do not count in it.
  std::optional<wire_bytes> on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt);

  /// The size wanted was not granted: go on from `actual`.
  void limit(wire_bytes actual) noexcept { size_ = actual; }
  /// A smaller bound than configured, as a transport that buffers by itself needs.
  void set_maximum(wire_bytes n) noexcept { config_.maximum = n; }
  wire_bytes size() const noexcept { return size_; }

private:
  tuner_config config_;
  wire_bytes size_;
  wire_bytes consumed_;
  std::optional<std::chrono::nanoseconds> since_;
};

} // namespace sluice::flow
