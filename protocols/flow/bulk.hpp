// Chooses SO_RCVLOWAT (how many bytes must be in the socket before it becomes readable) for an HTTP/1.1 body: a fast
// body is read in fewer and larger reads. Plain values; knows no socket. lulls.hpp does the same for UDP.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::flow {

/// One for each connection. The caller waits for next_wait() bytes. While gathering() it also runs a timer of
/// `patience`, so that a sender that pauses below `piece` bytes does not block the body.
class bulk {
public:
  /// Bytes; SO_RCVLOWAT during bulk reads. With 128 KiB each byte costs a quarter more CPU time (decision 0003).
  static constexpr std::size_t piece = 256u << 10;
  /// Bytes; bulk reads start at this window size. The windows of fast bodies grow beyond it (decision 0016).
  static constexpr wire_bytes proof{384u << 10};
  /// Longest wait for `piece` bytes; then the bytes that have arrived are read.
  static constexpr std::chrono::milliseconds patience{20};

  /// Call before each wait for input of a body. `received` of `length` body bytes have arrived (length 0: unknown).
  /// Returns the number of bytes to wait for: 1 or `piece`.
  std::size_t next_wait(wire_bytes window, std::uint64_t received, std::uint64_t length) noexcept {
    ++waits_;
    const bool near_end = length <= received + 2 * piece; // fewer than `piece` bytes may be left
    gathering_ = window >= proof && received >= suspended_until_ && !near_end;
    return gathering_ ? piece : 1;
  }
  /// Call before each wait for input outside a body. Returns 1.
  std::size_t next_wait() noexcept {
    ++waits_;
    gathering_ = false;
    return 1;
  }
  /// The last next_wait() returned `piece`.
  bool gathering() const noexcept { return gathering_; }

  /// The timer of `patience` starts now.
  void watch() noexcept { waits_at_timer_start_ = waits_; }
  /// Call when the timer expires. False: no next_wait() since watch(), so the socket did not become readable. Then read
  /// the bytes that are there and call flows_slower().
  bool moved() const noexcept { return waits_ != waits_at_timer_start_; }
  /// The body is slower than `proof` suggested: no bulk reads until one more window of bytes has arrived.
  void flows_slower(wire_bytes window, std::uint64_t received) noexcept { suspended_until_ = received + window.value; }
  /// Another body begins.
  void restart() noexcept { suspended_until_ = 0; }

private:
  std::uint64_t waits_ = 0, waits_at_timer_start_ = 0; // calls of next_wait()
  std::uint64_t suspended_until_ = 0;                  // no bulk reads below this many received bytes
  bool gathering_ = false;
};

} // namespace sluice::flow
