#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>

namespace sluice::flow {

tuner::tuner(tuner_config config) : config_(config), size_(config.initial) {}

std::optional<wire_bytes> tuner::on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt) {
  if (config_.fixed || size_ >= config_.maximum)
    return std::nullopt;
  const auto span = 2 * std::max(rtt, config_.rtt_floor);
  if (since_.count() < 0 || now - since_ > span) {
    // Too slow to prove anything: a new measurement begins with these bytes.
    since_ = now;
    consumed_ = n;
  } else {
    consumed_ += n;
  }
  if (consumed_ < size_)
    return std::nullopt;
  size_ = std::min(wire_bytes{size_.value * 2}, config_.maximum);
  since_ = now;
  consumed_ = {};
  return size_;
}

} // namespace sluice::flow
