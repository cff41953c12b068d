// The order in which the addresses of a name are tried: RFC 6724 section 6 over both families, then RFC 8305 section 4.
// Knows no socket: who calls it says from which source address the kernel would reach each destination.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>

#include <optional>
#include <vector>

namespace sluice::dns {

struct route {
  ip_address to;
  std::optional<ip_address> from; ///< what the kernel would send from; nothing: it has no way there
};

/// The destinations, best first, the two families in turn. The order of the name server is kept among equals.
/// Left out of RFC 6724's rules are those that need more than addresses (3, 4, 7: deprecated and home addresses,
/// encapsulation), and rule 9 for IPv4, where it would undo the name server's rotation and tells nothing of distance.
std::vector<ip_address> in_order(const std::vector<route>& routes);

} // namespace sluice::dns
