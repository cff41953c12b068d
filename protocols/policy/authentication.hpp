// The values of an Authorization field for credentials that are known beforehand: Basic (RFC 7617) and bearer tokens
// (RFC 6750); and fields as they may be shown. Pure functions; knows no challenge, no origin, and not where credentials
// come from.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http/message.hpp>

#include <string>
#include <string_view>

namespace sluice::policy {

/// "Basic " and base64 of user:password, the bytes as they are given, which should be UTF-8 (RFC 7617 section 2.1).
/// errc::invalid_request: the user's name contains a colon, or one of them a control character (section 2). No text
/// repeats any part of them.
result_or_failure<std::string> basic_credentials(std::string_view user, std::string_view password);

/// "Bearer " and the token (RFC 6750 section 2.1). errc::invalid_request: the token is empty, or has a character that
/// b64token does not allow; the text tells at which place, and repeats nothing of it.
result_or_failure<std::string> bearer_credentials(std::string_view token);

/// The fields of a request with "[not shown]" as the value of each Authorization, Proxy-Authorization and Cookie.
http::fields without_secrets(http::fields request);

/// Standard base64 with padding (RFC 4648 section 4).
std::string base64(std::string_view bytes);

} // namespace sluice::policy
