// What `sluice load` and `sluice demo` do to measure: many readers at once on one event loop, some of which stall.
// Knows what is counted, not how it is told to people.
#pragma once

#include "command.hpp"
#include "display.hpp"
#include "process.hpp"

#include <array>

namespace sluice::command {

/// What was seen. Bytes and seconds.
struct load_report {
  std::uint64_t done = 0;   ///< requests that ended, well or not
  std::uint64_t failed = 0; ///< of these, and of the sibling
  std::uint64_t bytes = 0;  ///< of the requests' bodies; not of the stalled readers' and not of the sibling's
  std::array<std::uint64_t, 6> statuses{}; ///< responses by class: 2 for 200 to 299; 0 for what fits no class
  std::uint64_t stalled = 0, stalled_failed = 0;
  double seconds = 0;
  std::vector<double> latencies; ///< of the requests that succeeded
  std::uint64_t rss = 0;         ///< while the stalled readers stalled
  std::uint64_t held = 0;        ///< for the stalled readers, once their windows were full
  double sibling_seconds = 0;
  std::uint64_t sibling_bytes = 0;
  failure first_problem;
  /// Why the run ended before all was done: interrupted, --max-time, or an origin that nobody can reach.
  failure ended_early;
};

/// Runs what the options say with this client, on one of the runtime's loops; blocks until it is over. `display` may be
/// null.
load_report measure(runtime& loops, const client& http, const load_options& options, waiting_room& waiter,
                    screen* display);

} // namespace sluice::command
