#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>
#include <utility>

namespace sluice::flow {

namespace {

double count(std::chrono::nanoseconds x) { return static_cast<double>(x.count()); }

} // namespace

tuner::tuner(tuner_config config) : config_(config), size_(config.initial) {}

std::optional<wire_bytes> tuner::on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt) {
  if (config_.fixed || size_ >= config_.maximum)
    return std::nullopt;
  if (!since_) {
    since_ = now;
    return std::nullopt;
  }
  const auto proving = std::max(rtt, config_.rtt_floor);
  const auto length = std::max(proving / static_cast<int>(stretches_a_round_trip), config_.rtt_floor);
  const auto took = now - *since_;
  if (took < length) {
    consumed_ += n;
  } else {
    // After a pause the burst before it keeps its rate, and what ends the pause has taken as long as that.
    const bool paused = took >= 2 * length;
    if (paused)
      add(std::exchange(consumed_, wire_bytes{}), length);
    add(std::exchange(consumed_, wire_bytes{}) + n, paused ? took - length : took);
    since_ = now;
  }
  if (took < length && 2 * consumed_.value < size_.value)
    return std::nullopt; // to be judged at the stretch's end

  const auto got = measure(length, proving, rtt < config_.rtt_floor);
  if (2 * got.bytes < static_cast<double>(size_.value))
    return std::nullopt;
  const auto path = rtt.count() > 0 ? count(rtt) : count(proving);
  // A rate that doubles with the window in each round trip is twice the usual one; in round trips that are far shorter
  // than a stretch it is not.
  const auto growing = 1 + std::min(1.0, path / count(config_.rtt_floor));
  const auto on_the_path = 2 * std::min(got.fastest, growing * got.usual) * path;
  const auto beyond = std::min(got.usual * count(proving), static_cast<double>(config_.slack.value));
  const auto wanted = std::min(on_the_path + beyond, static_cast<double>(config_.maximum.value));
  // The last fifth is not worth a change: what comes of it would be many small ones.
  if (wanted < static_cast<double>(std::min(size_.value + size_.value / 4, config_.maximum.value)))
    return std::nullopt;
  size_ = wire_bytes{static_cast<std::uint64_t>(wanted)};
  return size_;
}

void tuner::add(wire_bytes n, std::chrono::nanoseconds took) {
  stretches_[next_] = {static_cast<float>(n.value), static_cast<float>(took.count())};
  next_ = (next_ + 1) % stretches_a_round_trip;
}

/// The stretch under way counts in full length, however little of it is over.
tuner::delivery tuner::measure(std::chrono::nanoseconds length, std::chrono::nanoseconds round_trip,
                               bool short_path) const {
  const auto recent = count(round_trip), remembered = std::max(recent, count(length) * stretches_a_round_trip);
  delivery result;
  double bytes = 0, nanoseconds = 0; // from the newest back
  const auto take = [&](const stretch& x) {
    const auto rate = double{x.bytes} / double{x.nanoseconds};
    const auto within = [&](double bound) { return std::clamp(bound - nanoseconds, 0.0, double{x.nanoseconds}); };
    result.bytes += rate * within(recent);
    bytes += rate * within(remembered);
    if (nanoseconds < recent)
      result.fastest = std::max(result.fastest, rate);
    nanoseconds += double{x.nanoseconds};
  };
  if (consumed_ > wire_bytes{})
    take({static_cast<float>(consumed_.value), static_cast<float>(length.count())});
  for (std::size_t i = 1; i <= stretches_a_round_trip; ++i) {
    const auto& x = stretches_[(next_ + stretches_a_round_trip - i) % stretches_a_round_trip];
    if (x.nanoseconds == 0)
      break;
    take(x);
  }
  // What the buffers of a short path held at the beginning comes at the speed of memory.
  result.usual = bytes / std::clamp(nanoseconds, short_path ? remembered : recent, remembered);
  return result;
}

std::chrono::nanoseconds path_round_trip(std::chrono::nanoseconds of_protocol, std::chrono::nanoseconds of_transport) {
  constexpr auto in_the_ends = std::chrono::milliseconds{2};
  if (of_transport.count() == 0 || of_protocol > of_transport + in_the_ends)
    return of_protocol;
  return of_protocol.count() == 0 ? of_transport : std::min(of_protocol, of_transport);
}

} // namespace sluice::flow
