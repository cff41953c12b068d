#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>
#include <utility>

namespace sluice::flow {

namespace {

double count(std::chrono::nanoseconds duration) { return static_cast<double>(duration.count()); }

} // namespace

tuner::tuner(tuner_config config) : config_(config), size_(config.initial) {}

std::optional<wire_bytes> tuner::on_release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds rtt) {
  if (config_.fixed || size_ >= config_.maximum)
    return std::nullopt;
  if (!since_) {
    since_ = now;
    return std::nullopt;
  }
  const auto round_trip = std::max(rtt, config_.rtt_floor);
  const auto length = std::max(round_trip / static_cast<int>(stretches_a_round_trip), config_.rtt_floor);
  const auto took = now - *since_;
  if (took < length) {
    consumed_ += n;
  } else {
    // After a pause, record the burst before it with its own rate, and attribute the rest of the time to `n`.
    const bool paused = took >= 2 * length;
    if (paused)
      add(std::exchange(consumed_, wire_bytes{}), length);
    add(std::exchange(consumed_, wire_bytes{}) + n, paused ? took - length : took);
    since_ = now;
  }
  if (took < length && 2 * consumed_.value < size_.value)
    return std::nullopt; // decided at the end of the stretch

  const auto measured = measure(length, round_trip, rtt < config_.rtt_floor);
  if (2 * measured.bytes < static_cast<double>(size_.value))
    return std::nullopt;
  const auto path_ns = rtt.count() > 0 ? count(rtt) : count(round_trip);
  // While the window doubles in each round trip, the true rate may be twice the average. In a round trip far below
  // rtt_floor the average covers many doublings and the factor tends to 1.
  const auto growth_factor = 1 + std::min(1.0, path_ns / count(config_.rtt_floor));
  const auto on_the_path = 2 * std::min(measured.fastest, growth_factor * measured.usual) * path_ns;
  const auto beyond_the_path = std::min(measured.usual * count(round_trip), static_cast<double>(config_.slack.value));
  const auto wanted = std::min(on_the_path + beyond_the_path, static_cast<double>(config_.maximum.value));
  // Grow by a quarter at least (or to the maximum), to avoid many small changes.
  if (wanted < static_cast<double>(std::min(size_.value + size_.value / 4, config_.maximum.value)))
    return std::nullopt;
  size_ = wire_bytes{static_cast<std::uint64_t>(wanted)};
  return size_;
}

void tuner::add(wire_bytes n, std::chrono::nanoseconds took) {
  stretches_[next_] = {static_cast<float>(n.value), static_cast<float>(took.count())};
  next_ = (next_ + 1) % stretches_a_round_trip;
}

/// The current stretch counts with its full length, even if less time has passed.
tuner::delivery tuner::measure(std::chrono::nanoseconds length, std::chrono::nanoseconds round_trip,
                               bool short_path) const {
  const auto recent = count(round_trip), remembered = std::max(recent, count(length) * stretches_a_round_trip);
  delivery result;
  double bytes = 0, nanoseconds = 0; // sums, from the newest stretch backwards
  const auto take = [&](const stretch& measured) {
    const auto length_ns = double{measured.nanoseconds};
    const auto rate = double{measured.bytes} / length_ns;
    const auto within = [&](double bound) { return std::clamp(bound - nanoseconds, 0.0, length_ns); };
    result.bytes += rate * within(recent);
    bytes += rate * within(remembered);
    if (nanoseconds < recent)
      result.fastest = std::max(result.fastest, rate);
    nanoseconds += length_ns;
  };
  if (consumed_ > wire_bytes{})
    take({static_cast<float>(consumed_.value), static_cast<float>(length.count())});
  for (std::size_t i = 1; i <= stretches_a_round_trip; ++i) {
    const auto& previous = stretches_[(next_ + stretches_a_round_trip - i) % stretches_a_round_trip];
    if (previous.nanoseconds == 0)
      break;
    take(previous);
  }
  // On a short path the first bytes come out of buffers at memory speed, so average over the whole `remembered` time.
  result.usual = bytes / std::clamp(nanoseconds, short_path ? remembered : recent, remembered);
  return result;
}

std::chrono::nanoseconds path_round_trip(std::chrono::nanoseconds of_protocol, std::chrono::nanoseconds of_transport) {
  constexpr auto thread_delay = std::chrono::milliseconds{2}; // of a PING in both hosts, compared to the transport's
  if (of_transport.count() == 0 || of_protocol > of_transport + thread_delay)
    return of_protocol;
  return of_protocol.count() == 0 ? of_transport : std::min(of_protocol, of_transport);
}

} // namespace sluice::flow
