// What a failed socket call means to a person, and whether the process is out of descriptors.
// Knows no protocol.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <system_error>

namespace sluice {

/// errc::out_of_descriptors if that is what `code` says; else `otherwise`, with the code's message after ": ".
failure socket_failure(const std::error_code& code, failure otherwise);

/// errc::out_of_descriptors if the process, or the machine, has none left at this moment; else `otherwise`. For
/// failures of libraries that do not tell: c-ares finds no name server when it cannot open a socket, and TLS is
/// without memory when it cannot open its source of random numbers.
failure explain_local_failure(failure otherwise);

} // namespace sluice
