// Completes the head of a request before it is sent: adds default fields that the user did not set, and reads the
// length of the body from the fields. Pure functions; knows no HTTP version and no socket.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <optional>
#include <span>
#include <string>

namespace sluice::http {

/// Fields to add if the request has none of that name.
struct default_fields {
  std::string user_agent{};                 ///< empty: no User-Agent
  bool decodes = true;                      ///< add Accept-Encoding with the content codings that sluice decodes
  std::optional<http::priority> priority{}; ///< unset: no Priority (RFC 9218)
  std::span<const std::string> without{};   ///< names of fields not to add
};
void add_defaults(fields& to, const default_fields& defaults);

/// The request body must wait for a 100 (Continue) response (RFC 9110 section 10.1.1).
bool expects_continue(const fields& request);

/// The value of Content-Length. Nothing: it is missing, malformed, or overridden by Transfer-Encoding (RFC 9112 section
/// 6.3).
std::optional<std::uint64_t> announced_length(const fields& message);

} // namespace sluice::http
