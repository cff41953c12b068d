#include <sluice/actors/io/local_binding.hpp>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

namespace sluice {

namespace {

failure refused(std::string what) { return {errc::connect_failed, caused_by::local, std::move(what)}; }

std::string reason(int code) { return ": " + std::generic_category().message(code); }

/// The first address of that family.
std::optional<dns::ip_address> address_of_device(const std::string& device, bool v6) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0)
    return std::nullopt;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner{all, freeifaddrs};
  for (const auto* each = all; each; each = each->ifa_next)
    if (each->ifa_addr && device == each->ifa_name)
      if (const auto address = ip_address_of(*each->ifa_addr); address && address->v6 == v6)
        return address;
  return std::nullopt;
}

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

socket_address end_of(bool v6, const std::optional<dns::ip_address>& address, std::uint16_t port) {
  socket_address result;
  if (v6) {
    sockaddr_in6 end{};
    end.sin6_family = AF_INET6;
    end.sin6_port = htons(port);
    if (address) {
      std::memcpy(&end.sin6_addr, address->octets.data(), 16);
      end.sin6_scope_id = address->scope;
    }
    std::memcpy(&result.bytes, &end, sizeof end);
    result.size = sizeof end;
  } else {
    sockaddr_in end{};
    end.sin_family = AF_INET;
    end.sin_port = htons(port);
    if (address)
      std::memcpy(&end.sin_addr, address->octets.data(), 4);
    std::memcpy(&result.bytes, &end, sizeof end);
    result.size = sizeof end;
  }
  return result;
}

failure bind_to(int socket, bool v6, const std::optional<dns::ip_address>& address, const local_binding& to) {
  int code = 0;
  for (unsigned port = to.first_port; port <= std::max(to.first_port, to.last_port); ++port) {
    const auto end = end_of(v6, address, static_cast<std::uint16_t>(port));
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&end.bytes), end.size) == 0)
      return {};
    code = errno;
    if (code != EADDRINUSE && code != EACCES) // ports below 1024 may be forbidden, others of the range not
      break;
  }
  std::string where = "the local end";
  if (address)
    where += " " + dns::text_of(*address);
  if (to.first_port > 0)
    where += " port " + std::to_string(to.first_port)
             + (to.last_port > to.first_port ? "-" + std::to_string(to.last_port) : "");
  return refused(where + " cannot be had" + reason(code));
}

} // namespace

std::optional<dns::ip_address> ip_address_of(const sockaddr& from) {
  dns::ip_address result;
  if (from.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &from, sizeof v4);
    std::memcpy(result.octets.data(), &v4.sin_addr, 4);
  } else if (from.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &from, sizeof v6);
    std::memcpy(result.octets.data(), &v6.sin6_addr, 16);
    result.v6 = true;
    result.scope = v6.sin6_scope_id;
  } else {
    return std::nullopt;
  }
  return result;
}

failure bind_socket(int socket, bool v6, const local_binding& to) {
  const auto* family = v6 ? "IPv6" : "IPv4";
  std::optional<dns::ip_address> address;
  if (!to.device.empty()
      && ::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, to.device.c_str(), static_cast<socklen_t>(to.device.size()))
             != 0) {
    const int code = errno;
    if (code == EPERM)
      address = address_of_device(to.device, v6);
    if (!address)
      return refused("the interface '" + to.device + "' cannot be bound to" + reason(code)
                     + (code == EPERM ? std::string{", and it has no "} + family + " address" : ""));
  }
  if (!to.addresses.empty()) {
    const auto mine = std::find_if(to.addresses.begin(), to.addresses.end(),
                                   [v6](const dns::ip_address& each) { return each.v6 == v6; });
    if (mine == to.addresses.end())
      return refused("the local end has no " + std::string{family} + " address, only "
                     + dns::text_of(to.addresses.front()));
    address = *mine;
  }
  return address || to.first_port > 0 ? bind_to(socket, v6, address, to) : failure{};
}

} // namespace sluice
