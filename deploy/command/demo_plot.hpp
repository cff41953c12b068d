// The plot of `sluice demo`: what an origin has sent and what its reader has consumed over time, for each protocol, by
// a reader of sluice and by one that buffers without bound. Knows neither actors nor HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::command {

/// One moment of a body on its way.
struct body_sample {
  double seconds = 0; ///< since the readers began
  std::uint64_t sent_bytes = 0, consumed_bytes = 0;
};

/// A body that was read with a stall in the middle.
struct body_course {
  std::vector<body_sample> samples;           ///< in the order of time
  double stalled_from = 0, stalled_until = 0; ///< seconds; equal: it did not stall
  std::uint64_t held_peak_bytes = 0;          ///< the most that the origin had sent and the reader not consumed
};

/// The same stall by both readers.
struct stall_comparison {
  std::string protocol;
  body_course sluice, unbounded;
};

/// Where an axis from 0 to `largest` has its ticks: multiples of 1, 2 or 5 times a power of ten, six of them at most.
std::vector<double> axis_ticks(double largest);

/// SVG, 900 wide: one row a protocol, a column for each of the two readers.
std::string demo_plot(const std::vector<stall_comparison>& rows);

} // namespace sluice::command
