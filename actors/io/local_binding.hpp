// The local end of a socket that is going to connect: an interface, an address, a port.
// Knows no remote end and no protocol.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>
#include <sluice/protocols/failure.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct sockaddr;

namespace sluice {

struct local_binding {
  std::string device;                          ///< a network interface; empty: any
  std::vector<dns::ip_address> addresses;      ///< the first of the remote end's family is taken; none: any
  std::uint16_t first_port = 0, last_port = 0; ///< the first free one of them is taken; 0: any
};

/// The IP address of a socket address; nothing: it is of another family.
std::optional<dns::ip_address> ip_address_of(const sockaddr& from);

/// Binds `socket`, which is not connected yet. Where binding to the interface is forbidden (Linux before 5.7, without
/// CAP_NET_RAW), the interface's address is taken.
failure bind_socket(int socket, bool v6, const local_binding& to);

} // namespace sluice
