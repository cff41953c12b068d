#include "size.hpp"

#include <charconv>
#include <cstddef>
#include <limits>
#include <system_error>

namespace sluice::command {

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  constexpr std::string_view suffixes = "bBkKmMgGtTpP"; // two letters for each power of 1024
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || end - stopped > 1)
    return std::nullopt;
  std::size_t power = 0;
  if (stopped != end) {
    const auto found = suffixes.find(*stopped);
    if (found == std::string_view::npos)
      return std::nullopt;
    power = found / 2;
  }
  const auto shift = static_cast<unsigned>(power * 10);
  if (number > largest >> shift)
    return std::nullopt;
  return number << shift;
}

} // namespace sluice::command
