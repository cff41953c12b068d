#include <sluice/protocols/http/compose.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::http {

void add_defaults(fields& to, const default_fields& defaults) {
  const auto add = [&](std::string_view name, std::string value) {
    const bool unwanted = std::any_of(defaults.without.begin(), defaults.without.end(),
                                      [&](const std::string& other) { return equals_ignoring_case(name, other); });
    if (!unwanted && !to.contains(name))
      to.add(std::string{name}, std::move(value));
  };
  if (!defaults.user_agent.empty())
    add("User-Agent", defaults.user_agent);
  add("Accept", "*/*");
  if (defaults.decodes)
    add("Accept-Encoding", "gzip, deflate, br, zstd");
  if (defaults.priority)
    add("Priority", to_string(*defaults.priority));
}

bool expects_continue(const fields& request) {
  return equals_ignoring_case(request.combined("expect"), "100-continue");
}

std::optional<std::uint64_t> announced_length(const fields& message) {
  const auto text = message.get("content-length");
  std::uint64_t n = 0;
  if (!text || message.contains("transfer-encoding"))
    return std::nullopt;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), n);
  return problem == std::errc{} && end == text->data() + text->size() ? std::optional{n} : std::nullopt;
}

} // namespace sluice::http
