// What a client adds to the head of a request before it is sent: fields that the user did not set, and what is known of
// the body's length. Pure functions; knows no HTTP version and no socket.
#pragma once

#include <sluice/protocols/http/message.hpp>

#include <optional>
#include <span>
#include <string>

namespace sluice::http {

/// Fields that are added where the request has none of that name.
struct default_fields {
  std::string user_agent{};                 ///< empty: no User-Agent
  bool decodes = true;                      ///< says in Accept-Encoding which content codings are decoded
  std::optional<http::priority> priority{}; ///< unset: no Priority (RFC 9218)
  std::span<const std::string> without{};   ///< names that are not added in any case
};
void add_defaults(fields& to, const default_fields& x);

/// The request waits for 100 (Continue) before its body is sent (RFC 9110 section 10.1.1).
bool expects_continue(const fields& x);

/// What Content-Length says, where the body's length is known by it: with Transfer-Encoding it is not (RFC 9112
/// section 6.3).
std::optional<std::uint64_t> announced_length(const fields& x);

} // namespace sluice::http
