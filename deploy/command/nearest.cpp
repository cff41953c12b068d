#include "nearest.hpp"

#include <algorithm>
#include <vector>

namespace sluice::command {

std::size_t edit_distance(std::string_view from, std::string_view to) {
  // rows[2] is the row of the current byte of `from`, the others are the two rows before it.
  std::vector<std::size_t> rows[3];
  for (auto& row : rows)
    row.resize(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j)
    rows[2][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::rotate(std::begin(rows), std::begin(rows) + 1, std::end(rows));
    rows[2][0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = from[i - 1] == to[j - 1] ? 0 : 1;
      auto least = std::min({rows[1][j] + 1, rows[2][j - 1] + 1, rows[1][j - 1] + replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        least = std::min(least, rows[0][j - 2] + 1);
      rows[2][j] = least;
    }
  }
  return rows[2][to.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> names) {
  constexpr std::size_t longest = 64; // bytes; bounds the work, and no option's name is as long
  std::string result;
  auto least = longest;
  for (const auto& name : names) {
    if (word.size() > longest || name.size() > longest)
      continue;
    const auto distance = edit_distance(word, name);
    if (distance < least && distance <= (std::max(word.size(), name.size()) + 2) / 3) {
      least = distance;
      result = name;
    }
  }
  return result;
}

} // namespace sluice::command
