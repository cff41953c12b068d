#include "rate_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::command {

spread spread_of(std::vector<double> values) {
  if (values.empty())
    return {};
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {values.front(), median, values.back()};
}

std::string in_mebibytes(const spread& rates) {
  constexpr double mebibyte = 1 << 20;
  return fmt::format("{:.0f} ({:.0f}..{:.0f})", rates.median / mebibyte, rates.lowest / mebibyte,
                     rates.highest / mebibyte);
}

std::string verdict(const spread& alone, const spread& beside) {
  if (alone.lowest <= beside.highest && beside.lowest <= alone.highest)
    return "no difference that can be measured";
  return beside.median < alone.median ? "slower beside stalled readers" : "not slower beside stalled readers";
}

} // namespace sluice::command
