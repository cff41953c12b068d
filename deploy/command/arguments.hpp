// From the words of the command line to those that the option parser reads: configuration files are put in their place,
// and unknown options are found while it is known where they were written. Knows no option by name but -K and -q, and
// reads files through a function that it is given.
#pragma once

#include "option_table.hpp"

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sluice::command {

/// One argument, and where it was written: "'FILE', line 3", or empty for the command line.
struct word {
  std::string text;
  std::string place;
};

/// Gives the content of a configuration file; "-" is standard input.
using config_reader = std::function<result_or_failure<std::string>(const std::string& path)>;

/// Files that name files in a row, and arguments in all; more are refused.
inline constexpr std::size_t config_depth_limit = 5, word_limit = 100'000;

/// The words after the subcommand, with each `-K FILE` replaced by the options of that file. `first_file`, which may be
/// empty, is read before all of them, unless the first word begins with -q or is --disable.
/// errc::invalid_configuration: an unknown option, with the nearest one; a file that cannot be read or parsed, an
/// option in it without its value or a flag with one, with file and line. No text repeats a value.
result_or_failure<std::vector<word>> expand_arguments(const std::vector<std::string>& words, const option_table& table,
                                                      const std::string& first_file, const config_reader& read);

/// Where the option that a parser's message names was written last, if that was in a file; else empty.
std::string place_of(const std::string& message, const std::vector<word>& words, const option_table& table);

} // namespace sluice::command
