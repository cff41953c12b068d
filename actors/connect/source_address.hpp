// Which of this machine's addresses the kernel would send from, and the order of addresses that follows.
// Knows no names; nothing is sent.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>

#include <optional>
#include <vector>

namespace sluice {

/// Nothing: there is no way to that address.
std::optional<dns::ip_address> source_for(const dns::ip_address& destination);

/// As dns::in_order(), with the kernel's choice of sources. A system call or three for each address.
std::vector<dns::ip_address> in_order(const std::vector<dns::ip_address>& addresses);

} // namespace sluice
