// The plot of `sluice demo`: what was held for its readers and resident memory, over time.
// Knows neither actors nor HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::command {

/// One moment of the demonstration. Bytes.
struct sample {
  double seconds = 0;
  std::uint64_t held[3] = {}; ///< for each of the readers: received and not yet consumed
  std::uint64_t resident = 0;
};

/// SVG with two panels: what is held for the three readers, and resident memory of the process. At least one sample.
std::string plot(const std::vector<sample>& samples);

} // namespace sluice::command
