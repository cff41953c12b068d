#include <sluice/actors/connect/hosts_file.hpp>
#include <sluice/actors/connect/lookups.hpp>
#include <sluice/actors/io/descriptors.hpp>
#include <sluice/protocols/dns/race.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace sluice {

namespace {

constexpr std::size_t addresses_max = 64; // of a name; the first ones, of both families
constexpr std::size_t hosts_file_bytes_max = 16u << 20;

std::string hosts_file() {
  std::ifstream in{"/etc/hosts", std::ios::binary};
  std::string text;
  std::array<char, 16384> block;
  while (text.size() < hosts_file_bytes_max && (in.read(block.data(), block.size()) || in.gcount() > 0))
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  return text;
}

/// localhost and what lies under it are this machine, whatever a name server says (RFC 6761 section 6.3).
bool is_localhost(std::string_view host) {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

asio::ip::address address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &socket_address, sizeof v6);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return asio::ip::address_v6{bytes, v6.sin6_scope_id};
  }
  sockaddr_in v4;
  std::memcpy(&v4, &socket_address, sizeof v4);
  return asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)};
}

lookup_answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM; // else each address comes once for each kind of socket
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    const auto why = code == EAI_SYSTEM ? std::generic_category().message(errno) : std::string{gai_strerror(code)};
    return {{}, explain_local_failure({errc::resolve_failed, caused_by::transport, why})};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{found, freeaddrinfo};
  lookup_answer result;
  for (const auto* entry = found; entry; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6)
      continue;
    const auto address = address_of(*entry->ai_addr);
    if (std::find(result.addresses.begin(), result.addresses.end(), address) == result.addresses.end())
      result.addresses.push_back(address);
  }
  result.addresses =
      dns::interleave(result.addresses, [](const asio::ip::address& candidate) { return candidate.is_v6(); });
  result.addresses.resize(std::min(result.addresses.size(), addresses_max));
  if (result.addresses.empty())
    result.problem = {errc::resolve_failed, caused_by::transport, "it has no IP address"};
  return result;
}

} // namespace

lookup_functions lookup_functions::of_system() {
  return {
      [](const std::string& host) { return is_localhost(host) || hosts_file_names(hosts_file(), host); },
      [](const std::string& host) -> lookup_answer {
        if (is_localhost(host) && !hosts_file_names(hosts_file(), host))
          return {{asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()}, {}};
        return ask_system(host);
      },
  };
}

} // namespace sluice
