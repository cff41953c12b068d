// Token bucket: limits how often a peer may send something that costs work and carries no data. A burst is allowed, and
// so many a second after that. Plain values, the time is an argument; knows nothing of what is counted.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::flow {

class allowance {
public:
  using time_point = std::chrono::steady_clock::time_point;

  allowance(std::size_t burst, std::size_t a_second)
    : burst_(static_cast<double>(burst)), rate_(static_cast<double>(a_second)), left_(burst_) {}
  /// False: there is none left at `now`.
  bool take(time_point now) {
    if (last_ != time_point{} && now > last_)
      add(rate_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    if (left_ < 1)
      return false;
    left_ -= 1;
    return true;
  }
  /// Gives some back, never beyond the burst.
  void add(double n) { left_ = std::min(left_ + n, burst_); }

private:
  double burst_, rate_, left_;
  time_point last_{};
};

} // namespace sluice::flow
