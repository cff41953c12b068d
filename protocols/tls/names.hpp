// Matches the names of a certificate against a host (RFC 9525 section 6).
// Pure functions on text; knows no TLS library.
#pragma once

#include <string_view>

namespace sluice::tls {

/// `pattern`: a DNS name, whose first label may be "*", or an IP address as text. `host`: as in a URL, without
/// brackets.
bool name_matches(std::string_view pattern, std::string_view host) noexcept;

} // namespace sluice::tls
