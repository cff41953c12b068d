// HTTP/3 frames and field sections as bytes (RFC 9114 §7, RFC 9204 §4.5), unchecked: what a server that misbehaves is
// made of. Pure functions; a section written here touches nobody's dynamic table.
#pragma once

#include "answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::origin::frames3 {

inline constexpr std::uint64_t data = 0, headers = 1, cancel_push = 3, settings = 4, push_promise = 5, goaway = 7,
                               max_push_id = 13;

/// A variable-length integer (RFC 9000 §16), in at least `least` bytes: 1, 2, 4 or 8.
std::string varint(std::uint64_t value, std::size_t least = 1);
std::string frame(std::uint64_t type, std::string_view payload);
/// A frame's head alone, for a payload of `n` bytes.
std::string head(std::uint64_t type, std::uint64_t n);

/// A field line with a literal name (RFC 9204 §4.5.6). The name should be in lower case.
std::string literal(std::string_view name, std::string_view value);
/// A field section's prefix (§4.5.1) that names no dynamic table.
inline constexpr std::string_view prefix{"\0\0", 2};
/// A response's field section, with :status first, from literals only; and a trailer section.
std::string section(const outgoing_head& head);
std::string section(const http::fields& fields);

} // namespace sluice::origin::frames3
