#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>

namespace sluice::flow {

tuner::tuner(tuner_config config) : config_(config), size_(config.initial) {}

std::optional<wire_bytes> tuner::on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt) {
  if (config_.fixed || size_ >= config_.maximum)
    return std::nullopt;
  const auto span = 2 * std::max(rtt, config_.rtt_floor);
  if (!since_ || now - *since_ > span) {
    // These bytes took since the last release to consume: the first ones, or too long, prove nothing, however many they
    // are. Counting them would let a reader that takes one large chunk and then stalls grow its window.
    since_ = now;
    consumed_ = {};
    return std::nullopt;
  }
  consumed_ += n;
  if (consumed_ < size_)
    return std::nullopt;
  size_ = size_.value > config_.maximum.value / 2 ? config_.maximum : wire_bytes{size_.value * 2};
  since_ = now;
  consumed_ = {};
  return size_;
}

} // namespace sluice::flow
