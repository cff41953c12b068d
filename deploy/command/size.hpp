// Sizes as people write them on the command line: a number of bytes, with a suffix for powers of 1024 as curl has them.
// Knows neither options nor HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::command {

/// Bytes. "4096", "64k", "1M", "2G", "1T", "1P", each letter in either case and "B" for one byte; K is 1024, M is 1024
/// times 1024 and so on. Nothing: the text is none of these, or the size does not fit into 63 bits.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

} // namespace sluice::command
