// What the parser checks values of options with. Their errors have one form: "'GIVEN' is not …; write for example …",
// in front of which the parser puts the option's name. Knows CLI11; not which options there are.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>

namespace sluice::command {

/// Seconds that the library's deadlines can count, with fractions.
CLI::Validator seconds();

inline constexpr std::int64_t unbounded = std::numeric_limits<std::int64_t>::max();

/// For transform(): replaces a size such as 64k by its number of bytes.
CLI::Validator size_in_bytes(std::int64_t least = 0, std::int64_t most = unbounded);
/// For transform(): a decimal number, which loses its leading zeros, because the parser would take them for octal.
CLI::Validator whole_number(std::int64_t least, std::int64_t most, const char* example);

} // namespace sluice::command
