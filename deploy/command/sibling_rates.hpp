// How fast one reader is on a connection, alone and beside readers that stall on the same connection, measured in turn.
// Knows what is measured, not how it is told.
#pragma once

#include "display.hpp"

#include <sluice/actors/runtime.hpp>
#include <sluice/deploy/origin/server.hpp>

#include <cstdint>
#include <vector>

namespace sluice::command {

struct sibling_rates {
  std::vector<double> alone, beside; ///< bytes a second
  std::uint64_t bytes = 0;           ///< of each download
  std::uint64_t stalled = 0;         ///< readers that stalled beside it
  std::uint64_t held = 0;            ///< bytes, for all of them together, at most
  failure problem;                   ///< errc::cancelled: interrupted
};

/// Each rate is taken `times` times, alone and beside alternating, after a download that is not counted and that tells
/// which size takes about half a second. `from` serves nobody else meanwhile. Blocks; call it on the main thread.
sibling_rates measure_siblings(runtime& loops, const client& http, const origin::server& from, std::uint64_t stalled,
                               int times, screen& display);

} // namespace sluice::command
