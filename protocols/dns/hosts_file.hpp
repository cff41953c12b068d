// The addresses that a hosts file (hosts(5)) has for a name.
// Knows the text only; who calls it reads the file.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>

#include <string_view>
#include <vector>

namespace sluice::dns {

/// In the order of the file, each once, at most 64. Names are compared without regard to case. Lines whose address
/// cannot be read are passed over.
std::vector<ip_address> hosts_file_addresses(std::string_view text, std::string_view host);

/// Whether the name is localhost or ends in ".localhost": always this machine, whatever a name server says (RFC 6761
/// section 6.3).
bool is_localhost(std::string_view host);

} // namespace sluice::dns
