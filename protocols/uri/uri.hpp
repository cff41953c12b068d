// Parses http and https URLs (RFC 3986, RFC 9110 §4.2) strictly: the parts of an accepted URL can be sent unchanged.
// Knows neither name resolution nor connections.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::uri {

/// The longest URL that parse() and resolve() accept or produce, bytes.
inline constexpr std::size_t url_limit_bytes = 64u << 10;

struct url {
  std::string scheme; ///< "http" or "https"
  /// Canonical, so that target policies can check it: a name in lower case, a dotted quad for every notation of an IPv4
  /// address, or an IPv6 address without brackets (RFC 5952). [::ffff:127.0.0.1] is "::ffff:7f00:1" and reaches
  /// 127.0.0.1.
  std::string host;
  std::string written_host; ///< as it was written, in UTF-8, if it has characters outside ASCII; else empty
  std::uint16_t port = 80;
  std::string target = "/"; ///< origin-form: path and query; not empty, no dot segments, no fragment

  bool secure() const { return scheme == "https"; }
  /// host[:port] for the Host field, without the scheme's default port.
  std::string authority() const;
  /// scheme://host:port, always with the port: requests with the same origin share connections.
  std::string origin() const;
  std::string to_string() const { return scheme + "://" + authority() + target; }
  /// Whether both name the same resource: how a host was written does not matter.
  friend bool operator==(const url& a, const url& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.target == b.target;
  }
};

/// Parses an absolute URL. Hosts: see parse_host(). Beyond RFC 3986, path and query may contain [ ] { } |, which sites
/// use and servers read unambiguously. Dot segments are removed (§5.2.4), as curl does; the rest of the target is not
/// changed.
/// errc::invalid_url: the text says what is wrong, at which character, and what to write instead. Of the URL it repeats
/// only scheme, host and port, and these only if nothing in the URL looks like user information.
result_or_failure<url> parse(std::string_view text);

/// Resolves `reference` (a Location field, a link) against `base`: RFC 3986 §5.2, strict. Drops the fragment.
/// errc::invalid_url: the result is invalid, or its scheme is neither http nor https.
result_or_failure<url> resolve(const url& base, std::string_view reference);

} // namespace sluice::uri
