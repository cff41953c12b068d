// Percent-encoding (RFC 3986 section 2.1) of the command's own texts: form data, file names and user information.
// Knows no URL as a whole: sluice/protocols/uri parses those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// How a space is written: in application/x-www-form-urlencoded data it is a '+'.
enum class space : std::uint8_t { as_percent, as_plus };

/// Every byte but A-Z a-z 0-9 - . _ ~ as %XX.
std::string percent_encode(std::string_view bytes, space how = space::as_percent);

/// The bytes that the text stands for; '+' is a plus. Nothing: a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

} // namespace sluice::command
