#include "progress_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::command {

namespace {

std::string line_of(const named_progress& transfer, std::size_t columns) {
  constexpr std::string_view sending = "sending  ";
  if (!transfer.sending || columns < sending.size())
    return progress_line(transfer.figures, columns);
  return std::string{sending} + progress_line(transfer.figures, columns - sending.size());
}

/// The end of a name tells files apart better than its beginning.
std::string name_in(const std::string& name, std::size_t columns) {
  const auto used = columns_of(name);
  if (used <= columns)
    return name + std::string(columns - used, ' ');
  if (columns < 4)
    return std::string(columns, ' ');
  auto tail = name;
  while (!tail.empty() && columns_of(tail) > columns - 2)
    do
      tail.erase(0, 1);
    while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0) == 0x80);
  return ".." + tail;
}

std::string total_line(const run_totals& totals, std::size_t hidden, std::size_t columns) {
  const auto done = fmt::format("{} of {} done", totals.finished, totals.transfers);
  const auto failed = totals.failed > 0 ? fmt::format(", {} failed", totals.failed) : std::string{};
  const auto more = hidden > 0 ? fmt::format(", {} not shown", hidden) : std::string{};
  const auto rate = human_bytes(totals.per_second) + "/s";
  auto bytes = human_bytes(static_cast<double>(totals.bytes)), bytes_of = bytes;
  if (totals.expected && *totals.expected > 0) {
    const auto all = static_cast<double>(*totals.expected);
    const auto part = std::min(1.0, static_cast<double>(totals.bytes) / all);
    const auto percent = fmt::format("{:.0f}%  ", std::floor(part * 100));
    bytes_of = percent + bytes + " of " + human_bytes(all);
    bytes.insert(0, percent);
  }
  return first_that_fits({fmt::format("total: {}{}{}  {}  {}", done, failed, more, bytes_of, rate),
                          fmt::format("total: {}{}{}  {}  {}", done, failed, more, bytes, rate),
                          fmt::format("{}{}  {}  {}", done, failed, bytes, rate),
                          fmt::format("{}/{}{} {} {}", totals.finished, totals.transfers, failed, bytes, rate),
                          fmt::format("{}/{} {}", totals.finished, totals.transfers, rate),
                          fmt::format("{}/{}", totals.finished, totals.transfers)},
                         columns);
}

} // namespace

std::vector<std::string> progress_board(const std::vector<named_progress>& transfers, const run_totals& totals,
                                        std::size_t columns, std::size_t rows) {
  std::vector<std::string> result;
  if (totals.transfers <= 1) {
    if (!transfers.empty())
      result.push_back(line_of(transfers.front(), columns));
    return result;
  }
  const auto shown = std::min(transfers.size(), std::max<std::size_t>(rows, 1) - 1);
  std::size_t longest = 0;
  for (std::size_t i = 0; i < shown; ++i)
    longest = std::max(longest, columns_of(transfers[i].name));
  const auto names = std::min(longest, columns / 3);
  for (std::size_t i = 0; i < shown; ++i)
    result.push_back(cut(fmt::format("{}  {}", name_in(transfers[i].name, names),
                                     line_of(transfers[i], columns > names + 2 ? columns - names - 2 : 0)),
                         columns));
  result.push_back(total_line(totals, transfers.size() - shown, columns));
  return result;
}

} // namespace sluice::command
