// Carries packets between the two TUN devices, each direction by its own link model, until it is told to stop.
// Knows devices and the monotonic clock; nothing of processes.
#pragma once

#include <sluice/tests/netlab/link_model.hpp>

#include <functional>

namespace netlab {

/// From one device to the other.
class direction {
public:
  direction(int from, int to, const link_options& options) : from_(from), to_(to), model_(options) {}

  /// Takes what the device has, at most a batch. Returns whether there may be more.
  bool take();
  /// Hands over what is due.
  void deliver();
  std::optional<nanoseconds> next_due() const { return line_.next_due(); }
  int from() const noexcept { return from_; }
  const link_counts& counts() const noexcept { return model_.counts(); }

private:
  using packet = std::vector<std::byte>;
  packet fresh();

  int from_, to_;
  link_model model_;
  in_flight<packet> line_;
  std::vector<packet> spare_; // memory of packets that are through
};

/// Runs both until `over()`, which is asked each time `wake` (a descriptor) can be read.
void pump(direction& a, direction& b, int wake, const std::function<bool()>& over);

nanoseconds now();

} // namespace netlab
