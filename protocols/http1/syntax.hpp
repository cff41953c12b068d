// Pieces of HTTP/1.1 grammar that reading and writing share (RFC 9110 §5.6, RFC 9112).
// Pure functions over text; knows neither messages nor input.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http1 {

/// A piece of what the peer sent or the caller gave, fit for an error message: bounded, printable, and without what
/// stands before an '@', which may be a password.
std::string quoted(std::string_view x);

/// Without leading and trailing SP and HTAB.
std::string_view trimmed(std::string_view x) noexcept;

/// Calls f with each element of a comma-separated list, empty ones left out (RFC 9110 §5.6.1).
template <class F>
void each_element(std::string_view list, F f) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (auto x = trimmed(list.substr(0, comma)); !x.empty())
      f(x);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Whether a field must not come after the body: those that decide framing, routing, authentication, caching or how
/// the content is understood (RFC 9110 §6.5.1).
bool is_forbidden_in_trailers(std::string_view name) noexcept;

/// The version at the front of `x`, "HTTP/1." and one digit. A minor version above 1 is read as 1.1, the highest that
/// we know (RFC 9110 §2.5). Nothing: another protocol, or another major version.
std::optional<http::version> read_version(std::string_view x) noexcept;

/// Visible ASCII only, and not empty: what a request target may be made of.
bool is_target(std::string_view x) noexcept;

} // namespace sluice::http1
