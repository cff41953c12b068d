// Reads the process's arguments with the options that the subcommands have, and says what is wrong with them.
// Knows CLI11, configuration files and secrets among arguments; not what the options mean.
#pragma once

#include "option_table.hpp"

#include <optional>

namespace CLI {
class App;
}

namespace sluice::command {

/// How the options of a subcommand look on the command line.
option_table table_of(const CLI::App& app);

/// Parses the arguments into what the options of `app` set; of several values of an option that can have one, the last
/// counts. `get` is its subcommand with a configuration file .sluicerc, read unless -q comes first. Secrets among the
/// arguments are overwritten. Nothing: all is well. Else the process's exit code; the help, the version or the error
/// was written.
std::optional<int> parse_command_line(CLI::App& app, CLI::App& get, int argc, char** argv);

} // namespace sluice::command
