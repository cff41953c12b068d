#include "receiving.hpp"

#include "time_text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sluice::command {

namespace {

failure wrong(std::string why) { return {errc::invalid_configuration, caused_by::local, std::move(why)}; }

/// "0-99", "100-", "-500", and several of them with commas (RFC 9110 section 14.1.1).
bool is_range(std::string_view text) {
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    const auto each = text.substr(0, comma);
    const auto dash = each.find('-');
    if (dash == std::string_view::npos || each.size() == 1 || each.find('-', dash + 1) != std::string_view::npos
        || each.find_first_not_of("0123456789-") != std::string_view::npos)
      return false;
    if (comma == text.size())
      return true;
    text.remove_prefix(comma + 1);
  }
}

} // namespace

std::optional<std::uint64_t> offset_of(const receiving_options& options) {
  std::uint64_t n = 0;
  if (!options.continue_at)
    return {};
  const auto* end = options.continue_at->data() + options.continue_at->size();
  const auto [stop, code] = std::from_chars(options.continue_at->data(), end, n);
  return code == std::errc{} && stop == end && n <= std::uint64_t{INT64_MAX} ? std::optional{n} : std::nullopt;
}

failure check(const receiving_options& options) {
  if (options.urls.empty())
    return wrong("no URL was given; see 'sluice get --help'");
  if (!options.range.empty() && !is_range(options.range))
    return wrong("-r: '" + printable(options.range)
                 + "' is not a range of bytes; write for example 0-499, 500- or -500");
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
