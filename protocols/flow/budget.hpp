// The memory budget that all response bodies of one client share: a byte counter with a limit.
// Any thread, lock-free. Knows neither windows nor streams.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <atomic>
#include <cassert>

namespace sluice::flow {

/// Initial windows use force(), because a body without a window could receive nothing. Window growth uses reserve(),
/// which may refuse.
class budget {
public:
  explicit budget(wire_bytes total) noexcept : total_(total.value) {}

  /// Takes `n`. False, and nothing taken, if that would exceed the total.
  bool reserve(wire_bytes n) noexcept {
    auto used = used_.load(std::memory_order_relaxed);
    do {
      if (n.value > total_ || used > total_ - n.value)
        return false;
    } while (!used_.compare_exchange_weak(used, used + n.value, std::memory_order_relaxed));
    raise_peak(used + n.value);
    return true;
  }
  /// Takes `n` even above the total.
  void force(wire_bytes n) noexcept { raise_peak(used_.fetch_add(n.value, std::memory_order_relaxed) + n.value); }
  void give_back(wire_bytes n) noexcept {
    [[maybe_unused]] auto before = used_.fetch_sub(n.value, std::memory_order_relaxed);
    assert(before >= n.value);
  }

  wire_bytes total() const noexcept { return wire_bytes{total_}; }
  wire_bytes used() const noexcept { return wire_bytes{used_.load(std::memory_order_relaxed)}; }
  wire_bytes peak() const noexcept { return wire_bytes{peak_.load(std::memory_order_relaxed)}; }

private:
  void raise_peak(std::uint64_t used) noexcept {
    auto peak = peak_.load(std::memory_order_relaxed);
    while (peak < used && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
    }
  }
  const std::uint64_t total_;
  std::atomic<std::uint64_t> used_{0}, peak_{0};
};

} // namespace sluice::flow
