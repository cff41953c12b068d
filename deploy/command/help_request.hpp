// Finds -h and --help among the words of the command line, before anything else is made of them.
// Knows no other option by name.
#pragma once

#include "option_table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// The topic of the first -h, --help or --help=TOPIC among the words after the subcommand; empty: none was given. A
/// word after it is the topic if it consists of letters, digits, dots and dashes and begins with a letter or digit.
/// Values of options and what comes after "--" are not looked at. Nothing: help is not asked for.
std::optional<std::string> find_help(const std::vector<std::string>& words, const option_table& table);

} // namespace sluice::command
