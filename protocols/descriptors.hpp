// Text that explains a failed system call when no file descriptor was free.
// Knows errno and the process's limit; opens nothing.
#pragma once

#include <string>

namespace sluice {

/// The text, to be appended to an error text; empty for any errno other than EMFILE and ENFILE.
std::string descriptors_hint(int error_number);

} // namespace sluice
