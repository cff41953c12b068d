// What HTTP/2 and HTTP/3 have in common in writing a head: its field lines, and the integers of HPACK and QPACK.
// Pure functions.
#pragma once

#include "answer.hpp"

#include <cstdint>
#include <string>

namespace sluice::origin {

/// These fields with their names in lower case.
http::fields lowered(const http::fields& fields);
/// The lines of a response's head: :status, the fields with names in lower case, content-length from the framing.
http::fields head_lines(const outgoing_head& head);
/// An integer behind `bits` bits of prefix, in a byte that begins as `first` (RFC 7541 §5.1).
std::string prefixed_integer(std::uint8_t first, int bits, std::size_t n);

} // namespace sluice::origin
