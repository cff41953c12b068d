// What to tell a person when an operation failed because no file descriptor was left.
// Knows errno and the process's limit; opens nothing.
#pragma once

#include <string>

namespace sluice {

/// To be appended to an error's text; empty for any errno but EMFILE and ENFILE.
std::string descriptors_hint(int error_number);

} // namespace sluice
