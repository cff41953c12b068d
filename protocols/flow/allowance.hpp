// Token bucket: limits how often a peer may do something, such as send frames that cost work and carry no data.
// Plain values; the time is an argument. Knows nothing about what is counted.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::flow {

/// Starts with `burst` tokens and refills by `per_second` tokens a second, up to `burst`.
class allowance {
public:
  using time_point = std::chrono::steady_clock::time_point;

  allowance(std::size_t burst, std::size_t per_second)
    : burst_(static_cast<double>(burst)), per_second_(static_cast<double>(per_second)), tokens_(burst_) {}
  /// Takes one token. False: none is left at `now`.
  bool take(time_point now) {
    if (last_taken_at_ != time_point{} && now > last_taken_at_)
      add(per_second_ * std::chrono::duration<double>(now - last_taken_at_).count());
    last_taken_at_ = now;
    if (tokens_ < 1)
      return false;
    tokens_ -= 1;
    return true;
  }
  /// Adds `n` tokens, up to the burst size.
  void add(double n) { tokens_ = std::min(tokens_ + n, burst_); }

private:
  double burst_, per_second_, tokens_;
  time_point last_taken_at_{};
};

} // namespace sluice::flow
