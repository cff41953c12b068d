#include "secret_arguments.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace sluice::command {

namespace {

/// Overwrites the bytes from `first` to `last` with blanks.
void blank(char* text, std::size_t first, std::size_t last) { std::memset(text + first, ' ', last - first); }

void hide_user_information(char* text) {
  const std::string_view url{text};
  const auto slashes = url.find("://");
  if (slashes == std::string_view::npos)
    return;
  const auto begin = slashes + 3;
  const auto at = url.substr(0, std::min(url.find_first_of("/?#", begin), url.size())).rfind('@');
  if (at != std::string_view::npos && at > begin)
    blank(text, begin, at);
}

bool is_secret(const option_shape& shape) {
  return std::any_of(shape.long_names.begin(), shape.long_names.end(),
                     [](const auto& name) { return name == "user" || name == "oauth2-bearer"; });
}

} // namespace

void hide_secrets(const std::vector<char*>& words, const option_table& table) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view text{words[i]};
    const bool is_long = is_long_option(text);
    const auto group = is_short_group(text) ? look_at_group(text, table) : short_group{};
    const auto* shape = is_long ? table.find_long(long_name(text)) : group.valued;
    if (!shape || !shape->takes_value) {
      if (!text.starts_with('-'))
        hide_user_information(words[i]);
      continue;
    }
    const auto attached = is_long ? long_name(text).size() + 3 : group.at + 1; // where an attached value begins
    const bool in_next = is_long ? attached > text.size() : attached == text.size();
    if (in_next && ++i == words.size())
      return;
    char* const value = words[i] + (in_next ? 0 : attached);
    if (is_secret(*shape))
      blank(value, 0, std::strlen(value));
    else
      hide_user_information(value);
  }
}

} // namespace sluice::command
