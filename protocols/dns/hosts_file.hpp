// The addresses that a hosts file (hosts(5)) has for names.
// Knows the text only; who calls it reads the file.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::dns {

/// The text and an index of its names, which takes 8 bytes for each. May be read by several threads.
class hosts_file {
public:
  /// What lies behind 4 GiB is passed over.
  explicit hosts_file(std::string text);

  /// In the order of the file, each once, at most 64. Names are compared without regard to case. Lines whose address
  /// cannot be read are passed over.
  std::vector<ip_address> find(std::string_view host) const;

private:
  struct entry {
    std::uint32_t name_hash, line_at;
    friend auto operator<=>(const entry&, const entry&) = default;
  };
  std::string text_;
  std::vector<entry> index_; // by hash, then as in the file
};

/// Whether the name is localhost or ends in ".localhost": always this machine, whatever a name server says (RFC 6761
/// section 6.3).
bool is_localhost(std::string_view host);

} // namespace sluice::dns
