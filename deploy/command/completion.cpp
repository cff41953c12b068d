#include "completion.hpp"

#include "option_groups.hpp"

#include <algorithm>

namespace sluice::command {

std::vector<std::string> proposed_values(const manual_command& command, const manual_option& option) {
  if (!option.words.empty() || option.long_names.front() != "help")
    return option.words;
  std::vector<std::string> result{"all"};
  for (const auto& group : option_groups())
    if (std::any_of(command.options.begin(), command.options.end(),
                    [&](const manual_option& other) { return other.group == group.key; }))
      result.emplace_back(group.key);
  return result;
}

std::string single_quoted(std::string_view text, std::string_view in_quotes) {
  std::string result = "'";
  for (const char c : text)
    if (c == '\'')
      result += in_quotes;
    else
      result += c;
  return result + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words)
    result += (result.empty() ? "" : " ") + word;
  return result;
}

} // namespace sluice::command
