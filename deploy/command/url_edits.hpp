// What options add to the URL of a request or take off it, as text. Whether the result is a URL, uri::parse decides.
// Knows no options, no request and no HTTP.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// A user's name, and a password where one was given; both as bytes.
struct login {
  std::string user;
  std::optional<std::string> password;
};
/// At the first colon: "user:password"; without one there is no password.
login split_login(std::string_view text);

/// Takes "user:password@" off the authority of a URL and decodes it (RFC 3986 section 3.2.1). Nothing: it has none.
/// errc::invalid_url: it has a '%' without two hexadecimal digits; the text repeats nothing of it. Takes it off all the
/// same.
result_or_failure<std::optional<login>> take_user_information(std::string& url);

/// With what curl sends and no URL may hold percent-encoded: bytes outside of ASCII and " < > \ ^ ` after the
/// authority. What is wrong beside that stays: blanks, control characters, a '%' without digits.
std::string encoded_url(std::string_view url);

/// Appends `query` to the query of a URL, with '&' where it has one, before a fragment. Nothing happens if it is empty.
void add_query(std::string& url, std::string_view query);

/// Where the path of a URL ends in '/' or is empty, appends the last part of `path`, percent-encoded.
void add_file_name(std::string& url, std::string_view path);

/// For people: without what is or may be user information, also where the text is no URL.
std::string without_user_information(std::string text);

} // namespace sluice::command
