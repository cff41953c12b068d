// Reads and applies what a user prescribes about addresses: entries such as curl's --resolve and --connect-to.
// Values and text; knows no name server and no socket.
#pragma once

#include <sluice/protocols/dns/addressing.hpp>
#include <sluice/protocols/dns/ip_address.hpp>
#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::dns {

/// Bytes of a Unix socket's name: sockaddr_un::sun_path without a NUL at its end or beginning.
inline constexpr std::size_t unix_socket_bytes_max = 107;

struct resolve_entry {
  std::string host; ///< canonical; "*": any
  std::uint16_t port = 0;
  std::vector<ip_address> addresses; ///< none: the entry removes an earlier one
  bool temporary = false;
};

struct connect_entry {
  std::string from_host; ///< canonical; empty: any
  std::uint16_t from_port = 0;
  std::string to_host; ///< empty: the same
  std::uint16_t to_port = 0;
};

struct name_server {
  ip_address address;
  std::uint16_t port = 53;
};

struct port_range {
  std::uint16_t first = 0, last = 0;
};

/// Where connections come from. With neither: the kernel chooses.
struct local_interface {
  std::string name;                                              ///< of an interface
  std::string host;                                              ///< an address, or a name of one
  bool either() const { return !name.empty() && !host.empty(); } ///< the text says not which of the two it is
};

/// The details of the failures (errc::invalid_configuration) continue a sentence that begins with what was read:
/// "'a:b' has no address; write HOST:PORT:ADDRESS[,ADDRESS]...".
result_or_failure<resolve_entry> parse_resolve(std::string_view text);
result_or_failure<connect_entry> parse_connect_to(std::string_view text);
result_or_failure<name_server> parse_name_server(std::string_view text);
/// "4000" or "4000-4200".
result_or_failure<port_range> parse_port_range(std::string_view text);
result_or_failure<local_interface> parse_interface(std::string_view text);

/// All texts of an `addressing`, read once.
class overrides {
public:
  /// errc::invalid_configuration names the field and the entry.
  static result_or_failure<overrides> make(const addressing& given);

  /// The addresses that the user gives for a canonical host and a port; null: none. `first_minute`: entries that are
  /// temporary still count.
  const std::vector<ip_address>* find(std::string_view host, std::uint16_t port, bool first_minute) const;
  /// Where requests to a canonical host and a port go; nothing: there. A host that is an IPv6 address has no brackets.
  std::optional<std::pair<std::string, std::uint16_t>> redirected(std::string_view host, std::uint16_t port) const;
  bool redirects() const noexcept { return !connect_to_.empty(); }
  /// "192.0.2.1:53,[2001:db8::1]:5353"; empty: those of the system.
  std::string name_servers() const;

private:
  std::vector<resolve_entry> resolve_;
  std::vector<connect_entry> connect_to_;
  std::vector<name_server> name_servers_;
};

} // namespace sluice::dns
