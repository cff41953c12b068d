// Says what is wrong with the first word of the command line, which names a subcommand.
// Knows neither the parser nor what the subcommands do.
#pragma once

#include "option_table.hpp"

#include <sluice/protocols/failure.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// `options`: those that may stand in front of a subcommand. errc::invalid_configuration: no word, an unknown option or
/// an unknown command, with the nearest one. A word that may be a URL or a password is not repeated.
failure check_first_word(const std::vector<std::string>& words, const option_table& options,
                         const std::vector<std::string>& commands);

} // namespace sluice::command
