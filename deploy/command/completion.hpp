// Completion scripts for bash, zsh and fish: subcommands, their options, and values where they are files or a known
// set. Pure functions of the manual's data; knows neither the parser of options nor where the scripts are installed.
#pragma once

#include "manual.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// Works in bash 4.2 and later, with and without the package bash-completion.
std::string bash_completion(const manual& all);
std::string zsh_completion(const manual& all);
std::string fish_completion(const manual& all);

/// Values that are proposed: the option's own; for --help the groups of the command.
std::vector<std::string> proposed_values(const manual_command& command, const manual_option& option);
/// In single quotes, as the three shells read it; `in_quotes` is how a single quote in it is written.
std::string single_quoted(std::string_view text, std::string_view in_quotes);
/// With blanks between them.
std::string joined(const std::vector<std::string>& words);

} // namespace sluice::command
