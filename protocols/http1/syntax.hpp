// Grammar rules of HTTP/1.1 that parsers and serializer share (RFC 9110 §5.6, RFC 9112).
// Pure functions on text; knows neither messages nor input.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::http1 {

/// `text` in quotes for an error text: at most 60 characters, '?' for characters that are not printable ASCII, and
/// "***" for everything before an '@', which may be a password.
std::string quoted(std::string_view text);

/// `text` without leading and trailing SP and HTAB.
std::string_view trimmed(std::string_view text) noexcept;

/// Calls `on_element` with each non-empty element of a comma-separated list (RFC 9110 §5.6.1).
template <class F>
void each_element(std::string_view list, F on_element) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (auto element = trimmed(list.substr(0, comma)); !element.empty())
      on_element(element);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Whether a trailer section must not contain the field: fields for framing, routing, authentication, caching or the
/// interpretation of the content (RFC 9110 §6.5.1).
bool is_forbidden_in_trailers(std::string_view name) noexcept;

/// The version at the front of `text`: "HTTP/1." and one digit. A minor version above 1 is read as 1.1, the highest one
/// supported (RFC 9110 §2.5). Nothing: another protocol or major version.
std::optional<http::version> read_version(std::string_view text) noexcept;

/// Whether `text` may be a request target: not empty, visible ASCII only.
bool is_target(std::string_view text) noexcept;

} // namespace sluice::http1
