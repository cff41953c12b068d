// Parses the text form of an IPv6 address as RFC 3986 §3.2.2 allows it between brackets, and writes its canonical form.
// Knows no socket address structures and no zones (RFC 6874), which sluice does not accept in URLs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::uri {

using ipv6_groups = std::array<std::uint16_t, 8>;

/// Parses `text`, which must be exactly one IPv6 address without brackets. Nothing: it is not.
std::optional<ipv6_groups> parse_ipv6(std::string_view text) noexcept;

/// The canonical text of an address (RFC 5952, as the WHATWG URL standard serialises it): lower case, no leading zeros,
/// "::" for the first longest run of two or more zero groups. No dotted quad: an IPv4-mapped address is
/// "::ffff:7f00:1".
std::string ipv6_text(const ipv6_groups& address);

/// Whether `text`, without brackets, is exactly one IPv6address.
inline bool is_ipv6(std::string_view text) noexcept { return parse_ipv6(text).has_value(); }

} // namespace sluice::uri
