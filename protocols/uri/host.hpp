// Parses the host of a URL or of a Host field into its canonical form (WHATWG URL standard, "host parsing"). A check on
// the canonical host sees the same address as the resolver. Knows no resolver and no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::uri {

/// A host, or why the text is not one. `problem` continues a sentence that starts with "the host "; it contains nothing
/// of the text, which may hold a password.
struct parsed_host {
  std::string text;    ///< lower case; a dotted quad, an IPv6 address without brackets (RFC 5952), or a name
  std::string problem; ///< empty: `text` is the host
  std::size_t at = 0;  ///< offset of the problem in the text, bytes
  std::string written; ///< in UTF-8, of a name with characters outside ASCII; else empty

  explicit operator bool() const noexcept { return problem.empty(); }
};

/// Parses an IPv6 address in brackets, or a name.
/// - Percent-encoded letters, digits, '-', '.', '_' and '~' are decoded first; a name may contain no other character
///   of ASCII.
/// - Characters outside ASCII, in UTF-8, percent-encoded or not, make it an internationalised name: it becomes the
///   A-labels of IDNA (bücher.example is xn--bcher-kva.example). All other rules apply to what comes out.
/// - A name whose last label is a number must be an IPv4 address in a form that resolvers accept (127.1, 0x7f.1,
///   0177.0.0.1, 2130706433) and becomes a dotted quad.
/// - A trailing dot (the DNS root) is kept. Empty labels and zones of IPv6 addresses are refused.
parsed_host parse_host(std::string_view text);

/// `host` as it appears in an authority and in a Host field: an IPv6 address gets brackets.
std::string bracketed(std::string_view host);

/// Parses host [ ":" port ] and returns it with a canonical host; drops an empty port and leading zeros of the port.
/// Nothing: the text contains user information, a second colon, or an invalid host or port.
std::optional<std::string> canonical_authority(std::string_view text);

} // namespace sluice::uri
