// How long to leave a busy socket alone, so that each look at it finds much: what interrupt coalescing is to a network
// card. For sockets that have no low water mark of their own (UDP). Time is an argument.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::flow {

/// A reader that keeps up with a fast sender empties the socket again and again, and pays for a wake-up and an
/// acknowledgment each time. While much comes it is cheaper to stay away for a moment. That costs no throughput as long
/// as the sender goes on meanwhile; whether it did shows in what came, and lulls that bring little soon end.
class lulls {
public:
  static constexpr std::chrono::nanoseconds longest = std::chrono::microseconds{100};
  static constexpr std::size_t fast = 16u << 10; ///< bytes in that time, from which on there are lulls

  /// What the socket's buffer holds, bytes: a quarter of it is not to be exceeded. Zero: there are no lulls.
  explicit lulls(std::size_t buffer_bytes) : buffer_(buffer_bytes) {}

  /// The socket was emptied: `bytes` came since the last call. How long not to look at it; zero: wait until something
  /// comes.
  std::chrono::nanoseconds after(std::size_t bytes, std::chrono::nanoseconds now) {
    bytes_ += bytes;
    if (const auto took = now - since_; took >= longest)
      judge(static_cast<double>(std::exchange(bytes_, 0u)) / static_cast<double>(took.count()), now);
    return on_ && pause_ == 0 ? lull_ : std::chrono::nanoseconds{0};
  }

private:
  static constexpr std::chrono::nanoseconds shortest = std::chrono::microseconds{20}; // less is not worth a timer
  static constexpr unsigned pause_min = 2, pause_max = 256;

  void judge(double rate /* bytes a nanosecond */, std::chrono::nanoseconds now) {
    since_ = now;
    if (pause_ > 0) {
      --pause_;
      return;
    }
    const bool was = std::exchange(on_, rate * static_cast<double>(longest.count()) >= static_cast<double>(fast));
    if (was && !on_)
      pause_ = std::exchange(next_pause_, std::min(next_pause_ * 2, pause_max));
    else if (was)
      next_pause_ = pause_min;
    if (!on_)
      return;
    const auto fills = static_cast<double>(buffer_ / 4) / rate;
    lull_ = fills < static_cast<double>(longest.count()) ? std::chrono::nanoseconds{static_cast<std::int64_t>(fills)}
                                                         : longest;
    on_ = lull_ >= shortest;
  }

  std::size_t buffer_, bytes_ = 0;
  std::chrono::nanoseconds since_{0}, lull_{0};
  bool on_ = false;
  unsigned pause_ = 0, next_pause_ = pause_min; // judgements without a lull, after lulls that brought little
};

} // namespace sluice::flow
