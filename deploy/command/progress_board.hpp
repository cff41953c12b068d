// What is shown while several transfers are under way: a line for each, as far as the terminal has room, and a total.
// Pure; knows neither actors nor the terminal.
#pragma once

#include "display.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct named_progress {
  std::string name;
  progress figures;
  bool sending = false; ///< the figures are of the request's body
};

struct run_totals {
  std::uint64_t transfers = 0, finished = 0, failed = 0, bytes = 0; ///< finished: failed ones included
  double per_second = 0;                                            ///< over the last seconds
  std::optional<std::uint64_t> expected{};                          ///< bytes of all; unset: some are not known yet
};

/// One transfer: its line, without a name. More: at most `rows` lines of at most `columns` columns, the last of them
/// the total, which says how many transfers are not shown.
std::vector<std::string> progress_board(const std::vector<named_progress>& transfers, const run_totals& totals,
                                        std::size_t columns, std::size_t rows);

} // namespace sluice::command
