#include <sluice/protocols/http/compose.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::http {

void add_defaults(fields& to, const default_fields& x) {
  const auto add = [&](std::string_view name, std::string value) {
    const bool unwanted = std::any_of(x.without.begin(), x.without.end(),
                                      [&](const std::string& other) { return equals_ignoring_case(name, other); });
    if (!unwanted && !to.contains(name))
      to.add(std::string{name}, std::move(value));
  };
  if (!x.user_agent.empty())
    add("User-Agent", x.user_agent);
  add("Accept", "*/*");
  if (x.decodes)
    add("Accept-Encoding", "gzip, deflate");
  if (x.priority)
    add("Priority", to_string(*x.priority));
}

bool expects_continue(const fields& x) { return equals_ignoring_case(x.combined("expect"), "100-continue"); }

std::optional<std::uint64_t> announced_length(const fields& x) {
  const auto text = x.get("content-length");
  std::uint64_t n = 0;
  if (!text || x.contains("transfer-encoding"))
    return std::nullopt;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), n);
  return problem == std::errc{} && end == text->data() + text->size() ? std::optional{n} : std::nullopt;
}

} // namespace sluice::http
