#include "receiving.hpp"

#include "time_text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace sluice::command {

namespace {

failure wrong(std::string why) { return {errc::invalid_configuration, caused_by::local, std::move(why)}; }

/// Whether `text` is a number that an offset can be.
bool read_offset(std::string_view text, std::uint64_t& to) {
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), to);
  return code == std::errc{} && stop == text.data() + text.size() && to <= std::uint64_t{INT64_MAX};
}

/// "0-99", "100-", "-500": the end is not before the beginning.
bool is_single_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || text.size() == 1)
    return false;
  const auto first = text.substr(0, dash), last = text.substr(dash + 1);
  std::uint64_t from = 0, to = 0;
  return (first.empty() || read_offset(first, from)) && (last.empty() || read_offset(last, to))
         && (first.empty() || last.empty() || from <= to);
}

/// One of these, or several with commas (RFC 9110 section 14.1.1).
bool is_range(std::string_view text) {
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    if (!is_single_range(text.substr(0, comma)))
      return false;
    if (comma == text.size())
      return true;
    text.remove_prefix(comma + 1);
  }
}

} // namespace

std::optional<std::uint64_t> offset_of(const receiving_options& options) {
  std::uint64_t n = 0;
  return options.continue_at && read_offset(*options.continue_at, n) ? std::optional{n} : std::nullopt;
}

failure check(const receiving_options& options) {
  if (options.urls.empty())
    return wrong("no URL was given; see 'sluice get --help'");
  for (const auto& output : options.outputs)
    if (!output.remote_name && output.path.empty())
      return wrong("-o: '' names no file; write for example page.html, or - for standard output");
  if (!options.range.empty() && !is_range(options.range))
    return wrong(
        "-r: '" + printable(options.range)
        + "' is not a range of bytes; write for example 0-499, 500- or -500, with no end before its beginning");
  if (options.continue_at && *options.continue_at != "-" && !offset_of(options))
    return wrong("-C: '" + printable(*options.continue_at)
                 + "' is neither a number of bytes nor '-'; write for example 1000, or - for where the file ends");
  const std::pair<bool, const char*> excluded[] = {{!options.range.empty(), "-r"},
                                                   {options.header_name, "-J"},
                                                   {options.no_clobber, "--no-clobber"},
                                                   {options.head, "-I"}};
  for (const auto& [given, name] : excluded)
    if (options.continue_at && given)
      return wrong(std::string{"-C and "} + name + " cannot be given together");
  if (options.clobber && options.no_clobber)
    return wrong("--clobber and --no-clobber cannot be given together");
  return {};
}

std::optional<time_condition> parse_time_condition(const std::string& text) {
  const bool unmodified = text.starts_with('-');
  const auto rest = text.substr(unmodified ? 1 : 0);
  if (const auto when = parse_time(rest))
    return time_condition{unmodified, *when};
  struct stat info{};
  if (rest.empty() || ::stat(rest.c_str(), &info) != 0)
    return {};
  return time_condition{unmodified, std::chrono::sys_seconds{std::chrono::seconds{info.st_mtime}}};
}

} // namespace sluice::command
