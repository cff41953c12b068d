#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>

namespace sluice::flow {

tuner::tuner(tuner_config config) : config_(config), size_(config.initial) {}

std::optional<wire_bytes> tuner::on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt) {
  if (config_.fixed || size_ >= config_.maximum)
    return std::nullopt;
  // One rate, two measures of it: the first growth takes a whole window, later ones half of one. What arrives in the round
  // trip after a growth is the credit from before it, that half; to ask for more would cost two round trips a doubling,
  // and the sender's congestion window doubles in one.
  const bool grown = size_ > config_.initial;
  const auto round_trip = std::max(rtt, config_.rtt_floor);
  const auto span = grown ? round_trip : 2 * round_trip;
  const auto proof = grown ? wire_bytes{size_.value / 2} : size_;
  if (!since_ || now - *since_ > span) {
    // These bytes took since the last release to consume: the first ones, or too long, prove nothing, however many they
    // are. Counting them would let a reader that takes one large chunk and then stalls grow its window.
    since_ = now;
    consumed_ = {};
    return std::nullopt;
  }
  consumed_ += n;
  if (consumed_ < proof)
    return std::nullopt;
  // In half the time: the path is at least twice as fast as doubling would assume. Either way the window ends below four
  // times what it holds.
  const std::uint64_t factor = 2 * (now - *since_) <= span ? 4 : 2;
  size_ = size_.value > config_.maximum.value / factor ? config_.maximum : wire_bytes{size_.value * factor};
  since_ = now;
  consumed_ = {};
  return size_;
}

} // namespace sluice::flow
