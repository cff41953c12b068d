// What a client knows of names without asking: the entries of its user, and the answers that name servers gave it.
// Shared by the client's actors, any thread. Asks nobody.
#pragma once

#include <sluice/actors/io/clock.hpp>
#include <sluice/protocols/dns/hosts_file.hpp>
#include <sluice/protocols/dns/name_cache.hpp>
#include <sluice/protocols/dns/overrides.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class address_book {
public:
  /// `checked`: check(client_config) has accepted it.
  explicit address_book(dns::addressing checked, std::string hosts_file = "/etc/hosts");

  /// The addresses that this machine itself has for the name, in its hosts file or because it is localhost (RFC 6761
  /// section 6.3); none: it has none. Where the file has no address of the allowed family for a name of localhost, that
  /// is the loopback address all the same. The file is read again when it has changed, so a change counts at once.
  std::vector<dns::ip_address> local(const std::string& host);

  /// The addresses that the user gives for that host and port; nothing: the user gives none.
  std::optional<std::vector<dns::ip_address>> prescribed(const std::string& host, std::uint16_t port) const;
  /// Those of an earlier answer that may still be used.
  std::optional<std::vector<dns::ip_address>> remembered(const std::string& host);
  void remember(const std::string& host, std::vector<dns::ip_address> addresses, std::chrono::seconds time_to_live);

  /// Where requests to that host and port go: there, unless the user says otherwise.
  std::optional<std::pair<std::string, std::uint16_t>> redirected(const std::string& host, std::uint16_t port) const {
    return overrides_.redirected(host, port);
  }
  /// Whether two origins at one address may share a connection (RFC 9113 section 9.1.1). Not where the user sends
  /// requests to other hosts or to a Unix socket: its address then tells nothing of the origin.
  bool addresses_identify() const noexcept { return !overrides_.redirects() && given_.unix_socket.empty(); }

  const dns::addressing& given() const noexcept { return given_; }
  /// As dns_channel takes them.
  const std::string& name_servers() const noexcept { return name_servers_; }

private:
  const dns::addressing given_;
  /// What tells that a file has changed.
  struct file_stamp {
    std::uint64_t device = 0, inode = 0, bytes = 0; ///< inode 0: there is no file
    std::int64_t modified_s = 0, modified_ns = 0;
    friend bool operator==(const file_stamp&, const file_stamp&) = default;
  };
  static file_stamp stamp_of(const std::string& path);
  std::shared_ptr<const dns::hosts_file> hosts();

  dns::overrides overrides_;
  std::string name_servers_;
  const loop_clock::time_point temporary_until_;
  const std::string hosts_path_;
  std::mutex hosts_mutex_; // of the two below
  std::shared_ptr<const dns::hosts_file> hosts_;
  std::optional<file_stamp> hosts_stamp_; // nothing: it must be read again
  std::mutex mutex_;                      // of the cache
  dns::name_cache cache_;
};

} // namespace sluice
