// The text form of an IPv6 address, as RFC 3986 §3.2.2 allows it between brackets in a URL.
// Knows nothing of sockets' address structures and of zones (RFC 6874), which no URL of ours may carry.
#pragma once

#include <string_view>

namespace sluice::uri {

/// Whether `text`, without brackets, is exactly one IPv6address.
bool is_ipv6(std::string_view text) noexcept;

} // namespace sluice::uri
