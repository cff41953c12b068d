// Internationalised host names (IDNA 2008, RFC 5891, with the mapping of UTS 46): from UTF-8 to what the DNS holds.
// The only place that knows libidn2. Knows neither URLs nor percent-encoding.
#pragma once

#include <string>

namespace sluice::uri {

struct ascii_name {
  std::string text;    ///< A-labels (xn--...), and labels that are ASCII
  std::string problem; ///< empty: there is a text. Continues a sentence that begins with "the host "; repeats nothing
  explicit operator bool() const noexcept { return problem.empty(); }
};

/// `name` has characters outside ASCII. Non-transitional, as in browsers ("faß" is not "fass"); a name that is invalid
/// so is tried in the transitional way, as curl does. The result may hold characters that no host may have.
ascii_name to_ascii(const std::string& name);

} // namespace sluice::uri
