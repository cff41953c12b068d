// http and https URLs (RFC 3986, RFC 9110 §4.2), checked strictly: what is accepted is safe to put on the wire.
// Knows nothing of names' addresses or of connections.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::uri {

/// The longest URL accepted, in bytes.
inline constexpr std::size_t url_limit_bytes = 64u << 10;

struct url {
  std::string scheme; ///< "http" or "https"
  std::string host;   ///< lower case; an IPv6 literal without its brackets
  std::uint16_t port = 80;
  std::string target = "/"; ///< origin-form: path and query, never empty, without the fragment

  bool secure() const { return scheme == "https"; }
  /// host[:port] as the Host field wants it: the scheme's default port is left out.
  std::string authority() const;
  /// scheme://host:port, the key by which connections are shared.
  std::string origin() const;
  std::string to_string() const { return scheme + "://" + authority() + target; }
};

/// Takes an absolute URL apart. errc::invalid_url says what is wrong, where, and what to write instead.
result_or_failure<url> parse(std::string_view text);

} // namespace sluice::uri
