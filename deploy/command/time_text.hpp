// Points in time as HTTP and people write them. Pure functions: the clock and the local time zone are not asked.
// Knows no field and no file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::command {

/// Reads a date of HTTP (RFC 9110 section 5.6.7, all three forms) or, as curl does for -z, any order of day, month by
/// name, year, a time "12:34[:56]", "2026-11-26", "20261126" and an offset "+0100" or "GMT", "UTC" or "Z". Without a
/// zone it is UTC; without a time, midnight. Years from 1601 to 9999; of two digits from 1970 to 2069.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::chrono::sys_seconds when);

} // namespace sluice::command
