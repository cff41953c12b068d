// The texts of --help: all commands, the most common options of one, a group of them, or all.
// Pure functions of the manual's data; knows neither the parser nor who prints them.
#pragma once

#include "manual.hpp"

#include <sluice/protocols/failure.hpp>

#include <string>

namespace sluice::command {

/// The subcommands, and the options in front of them.
std::string help_overview(const manual& all);

/// Empty topic: the most common options of each group. "all": all of them. A group's key: those of that group.
/// errc::invalid_configuration: there is no such group; it names those that there are.
result_or_failure<std::string> help_of(const manual& all, const manual_command& command, const std::string& topic);

/// `sluice --help TOPIC`: empty, "all", or the name of a subcommand.
result_or_failure<std::string> help_of(const manual& all, const std::string& topic);

} // namespace sluice::command
