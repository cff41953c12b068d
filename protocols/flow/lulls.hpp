// Delays the next read of a busy UDP socket so that each read finds many datagrams (like interrupt coalescing on a
// network card). For sockets without SO_RCVLOWAT. The time is an argument; knows no socket.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::flow {

/// A reader that keeps up with a fast sender empties the socket repeatedly and pays for a wake-up and an acknowledgment
/// each time; a short delay (a lull) makes that cheaper. It costs no throughput while the sender keeps sending. A
/// sender that waits for the acknowledgment sends less, so the measured rate drops and the delays stop for some time.
/// Measured in decision 0013.
class lulls {
public:
  /// Longest delay, and the shortest period over which the rate is measured.
  static constexpr std::chrono::nanoseconds longest = std::chrono::microseconds{100};
  /// Bytes received within `longest`; delays are used from this rate on.
  static constexpr std::size_t fast = 16u << 10;

  /// `buffer_bytes`: size of the socket's receive buffer. A delay ends before a quarter of it fills. Zero: no delays.
  explicit lulls(std::size_t buffer_bytes) : buffer_(buffer_bytes) {}

  /// The socket was emptied; `bytes` arrived since the last call. Returns the delay before the next read. Zero: wait
  /// until the socket is readable.
  std::chrono::nanoseconds after(std::size_t bytes, std::chrono::nanoseconds now) {
    bytes_ += bytes;
    if (const auto took = now - since_; took >= longest)
      judge(static_cast<double>(std::exchange(bytes_, 0u)) / static_cast<double>(took.count()), now);
    return on_ && skips_ == 0 ? lull_ : std::chrono::nanoseconds{0};
  }

private:
  static constexpr std::chrono::nanoseconds shortest = std::chrono::microseconds{20}; // less is not worth a timer
  static constexpr unsigned skips_min = 2, skips_max = 256; // measurements without a delay after delays failed

  void judge(double bytes_per_ns, std::chrono::nanoseconds now) {
    since_ = now;
    if (skips_ > 0) {
      --skips_;
      return;
    }
    const bool was_on =
        std::exchange(on_, bytes_per_ns * static_cast<double>(longest.count()) >= static_cast<double>(fast));
    if (was_on && !on_)
      skips_ = std::exchange(next_skips_, std::min(next_skips_ * 2, skips_max));
    else if (was_on)
      next_skips_ = skips_min;
    if (!on_)
      return;
    const auto fill_time_ns = static_cast<double>(buffer_ / 4) / bytes_per_ns;
    lull_ = fill_time_ns < static_cast<double>(longest.count())
                ? std::chrono::nanoseconds{static_cast<std::int64_t>(fill_time_ns)}
                : longest;
    on_ = lull_ >= shortest;
  }

  std::size_t buffer_, bytes_ = 0; // bytes_: received since `since_`
  std::chrono::nanoseconds since_{0}, lull_{0};
  bool on_ = false;
  unsigned skips_ = 0, next_skips_ = skips_min; // delays that lowered the rate double the next number of skips
};

} // namespace sluice::flow
