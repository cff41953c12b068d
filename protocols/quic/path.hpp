// Source and destination addresses of datagrams as plain values.
// Knows no socket API; the transports convert.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::quic {

/// `octets` are in network order; IPv4 uses the first four. `port` is in host order.
struct address {
  std::array<std::uint8_t, 16> octets{};
  std::uint16_t port = 0;
  bool v6 = false;
  std::uint32_t scope = 0; ///< scope identifier of a link-local IPv6 address
  friend bool operator==(const address&, const address&) = default;
};

struct path {
  address local, remote;
  friend bool operator==(const path&, const path&) = default;
};

/// The ECN field of the IP header (RFC 3168), with its values there.
enum class ecn : std::uint8_t { not_capable = 0, capable_1 = 1, capable_0 = 2, congestion = 3 };

} // namespace sluice::quic
