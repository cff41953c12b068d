// Asks for a password on the terminal, without showing what is typed.
// Knows no option and no HTTP; must run before threads and signal handling start.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <string>

namespace sluice::command {

/// The line that is typed at /dev/tty after `question`, without its end, at most 4,095 bytes. Waits for it.
/// errc::invalid_configuration: the process has no terminal. errc::cancelled: Ctrl-C, or Ctrl-D before anything else.
result_or_failure<std::string> ask_password(const std::string& question);

} // namespace sluice::command
