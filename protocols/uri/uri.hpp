// http and https URLs (RFC 3986, RFC 9110 §4.2), checked strictly: what is accepted is safe to put on the wire.
// Knows nothing of names' addresses or of connections.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::uri {

/// The longest URL accepted, in bytes; also the longest that resolve() makes.
inline constexpr std::size_t url_limit_bytes = 64u << 10;

struct url {
  std::string scheme; ///< "http" or "https"
  /// Canonical, so that it can be vetted: a name in lower case, a dotted quad for any way to write an IPv4 address, or
  /// an IPv6 address without brackets (RFC 5952). [::ffff:127.0.0.1] is "::ffff:7f00:1" and reaches 127.0.0.1.
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/"; ///< origin-form: path and query, never empty, without dot segments and fragment

  bool secure() const { return scheme == "https"; }
  /// host[:port] as the Host field wants it: the scheme's default port is left out.
  std::string authority() const;
  /// scheme://host:port, the key by which connections are shared.
  std::string origin() const;
  std::string to_string() const { return scheme + "://" + authority() + target; }
  friend bool operator==(const url&, const url&) = default;
};

/// Takes an absolute URL apart. errc::invalid_url says what is wrong, at which character, and what to write instead; it
/// repeats nothing of the URL but scheme, host and port, and these only if nothing in it looks like user information.
/// Hosts are read as WHATWG's URL standard does: see parse_host(). Beyond RFC 3986, path and query may hold [ ] { } |,
/// which sites use and no server misreads. Dot segments are removed (§5.2.4), as curl does; the target is otherwise
/// left as it was written.
result_or_failure<url> parse(std::string_view text);

/// What `reference` (a Location field, a link) means on the page `base`: RFC 3986 §5.2, strict. A reference to another
/// scheme than http and https is errc::invalid_url. The fragment is dropped.
result_or_failure<url> resolve(const url& base, std::string_view reference);

} // namespace sluice::uri
