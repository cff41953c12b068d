// Dates of header fields (RFC 9110 section 5.6.7).
// Pure; the time is an argument. Knows no clock, no time zone but GMT, and no locale.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice::http {

using wall_time = std::chrono::system_clock::time_point;

/// Parses an HTTP-date in any of its three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" and
/// "Sun Nov  6 08:49:37 1994". Names are case-insensitive, and the name of the day is not checked. A year of two digits
/// that seems to be more than 50 years after `now` is in the past. Nothing: it is none of them, or not from 1970 to
/// 2199.
std::optional<wall_time> parse_date(std::string_view text, wall_time now);

} // namespace sluice::http
