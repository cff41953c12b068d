// When to wait for a large piece before reading (SO_RCVLOWAT), on HTTP/1.1: a body that flows fast is read in fewer and
// larger turns. Plain values; knows no socket. See also lulls.hpp, which does the like for datagrams.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::flow {

class bulk {
public:
  /// Bytes to wait for. Below it a wake-up costs more than it brings (decision 0003).
  static constexpr std::size_t piece = 128u << 10;
  /// A window of this size proves that the body flows fast; windows of fast bodies end above it (decision 0016).
  static constexpr wire_bytes proof{384u << 10};
  /// How long to wait for `piece` bytes without any turn, before fewer are taken.
  static constexpr std::chrono::milliseconds patience{20};

  /// Before waiting for input. `received` of `length` bytes have come (length 0: unknown), under a window of that size.
  /// Returns how many bytes to wait for, 1 or `piece`.
  std::size_t next_wait(wire_bytes window, std::uint64_t received, std::uint64_t length) noexcept {
    ++waits_;
    gathering_ = window >= proof && received >= proven_again_at_ && length > received + 2 * piece;
    return gathering_ ? piece : 1;
  }
  /// Nothing of a body is waited for.
  std::size_t next_wait() noexcept {
    ++waits_;
    gathering_ = false;
    return 1;
  }
  bool gathering() const noexcept { return gathering_; }

  /// The timer of `patience` begins now.
  void watch() noexcept { watched_waits_ = waits_; }
  /// It ended. False: no turn came meanwhile, though it was waited for `piece` bytes: what is there is to be taken, and
  /// flows_slower() to be called.
  bool moved() const noexcept { return waits_ != watched_waits_; }
  /// It flows slower than was thought: a window more has to come before it is waited for so again.
  void flows_slower(wire_bytes window, std::uint64_t received) noexcept { proven_again_at_ = received + window.value; }
  /// Another body begins.
  void restart() noexcept { proven_again_at_ = 0; }

private:
  std::uint64_t waits_ = 0, watched_waits_ = 0, proven_again_at_ = 0;
  bool gathering_ = false;
};

} // namespace sluice::flow
