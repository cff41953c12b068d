// The host of a URL or a Host field, brought into its one canonical form (WHATWG URL standard, "host parsing"): whoever
// vets a host sees the address that a resolver would make of it. Knows no resolver and no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::uri {

/// A host, or why the text is none. `problem` goes on from "the host " and repeats nothing of the text.
struct parsed_host {
  std::string text;    ///< lower case; a dotted quad, an IPv6 address without brackets (RFC 5952), or a name
  std::string problem; ///< empty: `text` is the host
  std::size_t at = 0;  ///< where in the text the problem is, in bytes

  explicit operator bool() const noexcept { return problem.empty(); }
};

/// Reads `text`: an IPv6 address in brackets, or a name. A name whose last label is a number is an IPv4 address in one
/// of the forms that resolvers take (127.1, 0x7f.1, 0177.0.0.1, 2130706433): it becomes the dotted quad, or is refused.
/// Percent-encoded letters, digits, '-', '.', '_' and '~' are decoded first; nothing else may stand in a name. Names
/// may end in the root's dot, which is kept; empty labels and zones of IPv6 addresses are refused.
parsed_host parse_host(std::string_view text);

/// `host` as an authority and a Host field write it: an IPv6 address in brackets.
std::string bracketed(std::string_view host);

/// host [ ":" port ], with the host in its canonical form; an empty port and leading zeros of one are dropped. Nothing:
/// the text is no such authority, because of user information, a second colon, or a host or port that is none.
std::optional<std::string> canonical_authority(std::string_view text);

} // namespace sluice::uri
