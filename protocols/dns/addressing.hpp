// Which addresses a client connects to, and from which: what a user may prescribe, as plain values and as text.
// Knows no socket; overrides.hpp reads the texts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::dns {

enum class family : std::uint8_t { any, ipv4, ipv6 };

struct addressing {
  /// Connect to addresses of this family only; names are asked for these only.
  dns::family family = dns::family::any;
  /// Where connections come from: an IP address, the name of a network interface, or a host name, whose addresses must
  /// be this machine's. "if!NAME" is an interface only, "host!NAME" an address or a host name only. Empty: the kernel
  /// chooses. An interface is bound to (SO_BINDTODEVICE); where the kernel forbids that, its addresses are used. Name
  /// servers are asked from there too, unless it is given by a host name; where one of them is at a loopback address,
  /// from a loopback address only.
  std::string interface;
  /// At most 65535. The first free port from local_port to local_port_last is used, over TCP and over UDP. 0: the
  /// kernel chooses. local_port_last is 0 or at least local_port; 0 means local_port alone.
  std::uint32_t local_port = 0, local_port_last = 0;
  /// "HOST:PORT:ADDRESS[,ADDRESS]...": the addresses of a host for this port, instead of those that a name server has.
  /// HOST "*" is every host that no other entry names. "+" in front: for the client's first minute only. "-HOST:PORT"
  /// removes an earlier entry. Of two entries for the same host and port the last one counts.
  std::vector<std::string> resolve;
  /// "HOST1:PORT1:HOST2:PORT2": requests to HOST1:PORT1 go to HOST2:PORT2. Certificates, Host and :authority stay those
  /// of the URL. An empty HOST1 or PORT1 is any, an empty HOST2 or PORT2 the URL's. The first entry that fits counts.
  /// A host with such an entry is not looked for at the alternative services that it announced.
  std::vector<std::string> connect_to;
  /// "ADDRESS" or "ADDRESS:PORT", with an IPv6 address before a port in brackets: name servers that are asked instead
  /// of those of /etc/resolv.conf.
  std::vector<std::string> name_servers;
  /// Connect to this Unix socket, whatever the URL's host is. HTTP/3 is not tried. `abstract_unix_socket`: a name
  /// outside of the file system (unix(7)). At most 107 bytes.
  std::string unix_socket;
  bool abstract_unix_socket = false;

  /// Names whose addresses are kept for as long as their name server allows; 0: none, each connection asks. At most a
  /// million.
  std::size_t cached_names = 1000;
  /// Bounds of that time, 0 to a week.
  std::chrono::seconds cached_at_least{0}, cached_at_most{3600};
};

} // namespace sluice::dns
