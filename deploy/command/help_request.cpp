#include "help_request.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sluice::command {

namespace {

bool is_topic(std::string_view word) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !word.empty() && plain(word.front())
         && std::all_of(word.begin(), word.end(), [&](char c) { return plain(c) || c == '-' || c == '.'; });
}

bool asks_for_help(std::string_view word, const option_table& table) {
  if (is_long_option(word))
    return long_name(word) == "help";
  if (!is_short_group(word))
    return false;
  const auto group = look_at_group(word, table);
  const auto flags = group.valued || group.unknown ? word.substr(0, group.at) : word;
  return flags.find('h') != std::string_view::npos;
}

/// Whether the next word is the value of the option, or of the last of its group.
bool takes_next(std::string_view word, const option_table& table) {
  if (is_long_option(word)) {
    const auto* shape = table.find_long(long_name(word));
    return shape && shape->takes_value && word.find('=') == std::string_view::npos;
  }
  if (!is_short_group(word))
    return false;
  const auto group = look_at_group(word, table);
  return group.valued && group.at + 1 == word.size();
}

} // namespace

std::optional<std::string> find_help(const std::vector<std::string>& words, const option_table& table) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view word = words[i];
    if (asks_for_help(word, table)) {
      if (const auto equals = word.find('='); equals != std::string_view::npos)
        return std::string{word.substr(equals + 1)};
      return i + 1 < words.size() && is_topic(words[i + 1]) ? words[i + 1] : std::string{};
    }
    i += takes_next(word, table) ? 1 : 0;
  }
  return std::nullopt;
}

} // namespace sluice::command
