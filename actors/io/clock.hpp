// The clock of the actors and their timers: the machine's steady clock, unless a test holds it.
// Knows no loop and no actor.
#pragma once

#include <asio.hpp>

#include <atomic>
#include <chrono>

namespace sluice {

/// std::chrono::steady_clock, whose time points it shares. A test may hold it and move it by hand; then it shows every
/// thread the same time.
class loop_clock {
public:
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    const auto held = held_.load(std::memory_order_relaxed);
    return held == 0 ? std::chrono::steady_clock::now() : time_point{duration{held}};
  }
  /// Shows `moment` from now on, which is not the clock's first moment.
  static void hold(time_point moment) noexcept {
    held_.store(moment.time_since_epoch().count(), std::memory_order_relaxed);
  }
  static void let_go() noexcept { held_.store(0, std::memory_order_relaxed); }

private:
  static inline std::atomic<rep> held_{0};
};

using loop_timer = asio::basic_waitable_timer<loop_clock>;

} // namespace sluice
