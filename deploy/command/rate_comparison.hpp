// Two series of rates measured in turn: their medians and spreads, and whether they differ.
// Knows neither actors nor HTTP.
#pragma once

#include <string>
#include <vector>

namespace sluice::command {

/// Of a few measurements, one of them at least.
struct spread {
  double lowest = 0, median = 0, highest = 0;
};
spread spread_of(std::vector<double> values);

/// "812 (790..830)": the median and the spread of rates in bytes a second, in MiB/s.
std::string in_mebibytes(const spread& rates);

/// What may be said of a reader's rate alone and beside stalled readers. Spreads that overlap show no difference: where
/// there is none, two series of five overlap in 99 of 100 cases. A reader is not faster because others stall, so a
/// higher rate beside them is told as not slower.
std::string verdict(const spread& alone, const spread& beside);

} // namespace sluice::command
