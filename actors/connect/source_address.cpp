#include <sluice/actors/connect/source_address.hpp>

#include <sluice/actors/io/datagram_socket.hpp>
#include <sluice/protocols/dns/address_order.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace sluice {

namespace {

constexpr std::uint16_t any_port = 53; // a UDP socket that is connected sends nothing

} // namespace

std::optional<dns::ip_address> source_for(const dns::ip_address& destination) {
  const auto to = to_endpoint(quic::address{destination.octets, any_port, destination.v6, destination.scope});
  const int probe = ::socket(destination.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0)
    return std::nullopt;
  asio::ip::udp::endpoint from;
  auto size = static_cast<socklen_t>(from.capacity());
  const bool reached = ::connect(probe, to.data(), static_cast<socklen_t>(to.size())) == 0
                       && ::getsockname(probe, from.data(), &size) == 0;
  ::close(probe);
  if (!reached)
    return std::nullopt;
  const auto source = to_address(from);
  return dns::ip_address{source.v6, source.octets, source.scope};
}

std::vector<dns::ip_address> in_order(const std::vector<dns::ip_address>& addresses) {
  if (addresses.size() < 2)
    return addresses;
  std::vector<dns::route> routes;
  for (const auto& address : addresses)
    routes.push_back({address, source_for(address)});
  return dns::in_order(routes);
}

} // namespace sluice
