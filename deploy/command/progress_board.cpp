#include "progress_board.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::command {

namespace {

std::string line_of(const named_progress& x, std::size_t columns) {
  constexpr std::string_view sending = "sending  ";
  if (!x.sending || columns < sending.size())
    return progress_line(x.figures, columns);
  return std::string{sending} + progress_line(x.figures, columns - sending.size());
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

std::string total_line(const run_totals& x, std::size_t hidden, std::size_t columns) {
  const auto done = fmt::format("{} of {} done", x.finished, x.transfers);
  const auto failed = x.failed > 0 ? fmt::format(", {} failed", x.failed) : std::string{};
  const auto more = hidden > 0 ? fmt::format(", {} not shown", hidden) : std::string{};
  const auto rate = human_bytes(x.per_second) + "/s";
  const auto bytes = human_bytes(static_cast<double>(x.bytes));
  return first_that_fits({fmt::format("total: {}{}{}  {}  {}", done, failed, more, bytes, rate),
                          fmt::format("{}{}  {}  {}", done, failed, bytes, rate),
                          fmt::format("{}/{}{} {} {}", x.finished, x.transfers, failed, bytes, rate),
                          fmt::format("{}/{} {}", x.finished, x.transfers, rate),
                          fmt::format("{}/{}", x.finished, x.transfers)},
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
