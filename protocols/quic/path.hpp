// Where datagrams go and come from: addresses as plain values.
// Knows no socket API; a transport translates.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::quic {

/// An IPv4 address is in the first four octets, in network order; the port is a plain number.
struct address {
  std::array<std::uint8_t, 16> octets{};
  std::uint16_t port = 0;
  bool v6 = false;
  std::uint32_t scope = 0; ///< of a link-local IPv6 address
  friend bool operator==(const address&, const address&) = default;
};

struct path {
  address local, remote;
  friend bool operator==(const path&, const path&) = default;
};

/// The two bits of the IP header (RFC 3168), by their values there.
enum class ecn : std::uint8_t { not_capable = 0, capable_1 = 1, capable_0 = 2, congestion = 3 };

} // namespace sluice::quic
