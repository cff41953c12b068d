// An IP address as a value: four or sixteen octets, and the index of a network for link-local IPv6 addresses.
// Knows no socket address structure and no port.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::dns {

struct ip_address {
  bool v6 = false;
  std::array<std::uint8_t, 16> octets{}; ///< in network order; of an IPv4 address the first four
  std::uint32_t scope = 0;               ///< IPv6: index of the interface, for link-local addresses; 0: none

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// Parses a dotted quad, or an IPv6 address with or without brackets. Nothing: `text` is neither. Zones are refused.
std::optional<ip_address> parse_ip(std::string_view text);

/// A dotted quad, or an IPv6 address without brackets (RFC 5952).
std::string text_of(const ip_address& address);

/// Whether the address is of this machine itself: 127.0.0.0/8 or ::1.
bool is_loopback(const ip_address& address);

inline ip_address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {false, {a, b, c, d}, 0};
}

} // namespace sluice::dns
