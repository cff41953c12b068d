// The same stall twice at once: by a reader of sluice, and by one of the same client that buffers without bound.
// Knows how the readers behave and what is recorded of them, not how it is shown at the end.
#pragma once

#include "demo_plot.hpp"
#include "display.hpp"
#include "process.hpp"

#include <sluice/actors/runtime.hpp>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace sluice::command {

/// A body to be read, and the origin's own count of what it has sent of it.
struct stalled_body {
  client http;
  std::string url;
  std::uint64_t bytes = 0;
  std::function<std::uint64_t()> sent_bytes; ///< called on the loop
};

struct stall_report {
  stall_comparison comparison;
  std::vector<std::string> problems; ///< none: every byte of both bodies was right
  bool interrupted = false;
};

/// Reads both bodies at once: the first as a reader of sluice does, the second into a queue of its own as fast as it
/// comes. Both consumers stall for 2 s after a third. Blocks until both have ended; `waiter` also sees to signals.
stall_report compare_stalls(runtime& loops, const std::string& protocol, const std::array<stalled_body, 2>& bodies,
                            waiting_room& waiter, screen& display);

} // namespace sluice::command
