// Removes passwords and tokens from the process's own arguments, which every user of the machine can read in its list
// of processes. Knows the options that carry secrets; does not parse their values.
#pragma once

#include "option_table.hpp"

#include <vector>

namespace sluice::command {

/// Overwrites with blanks the values of -u, --user and --oauth2-bearer, and the user information in URLs. `words` are
/// those after the program's name, each ended by a NUL. To be called before threads start, after the words were copied.
void hide_secrets(const std::vector<char*>& words, const option_table& table);

} // namespace sluice::command
