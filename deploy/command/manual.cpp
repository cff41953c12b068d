#include "manual.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::command {

std::vector<std::string> dashed_names(const manual_option& option) {
  std::vector<std::string> result;
  for (const char letter : option.short_names)
    result.push_back({'-', letter});
  for (const auto& name : option.long_names)
    result.push_back("--" + name);
  return result;
}

std::string names_of(const manual_option& option) {
  std::string result;
  for (const auto& name : dashed_names(option))
    result += (result.empty() ? "" : ", ") + name;
  if (option.value.empty())
    return result;
  if (!option.value_optional)
    return result + " " + option.value;
  return result + (option.value_is_next_word ? " [" : "[=") + option.value + "]";
}

std::string description_of(const manual_option& option) {
  return option.help + (option.range.empty() ? "" : " (" + option.range + ")");
}

std::string brief_of(const manual_option& option) {
  const auto& help = option.help;
  int depth = 0;
  for (std::size_t at = 0; at < help.size(); ++at) {
    depth += help[at] == '(' ? 1 : help[at] == ')' ? -1 : 0;
    // One that ends a clause; others stand for themselves, as in "@, <, ; and quotes".
    if (help[at] == ';' && depth == 0 && at > 0 && help[at - 1] != ' ' && help.compare(at + 1, 1, " ") == 0)
      return help.substr(0, at);
  }
  return help;
}

const manual_command* find_command(const manual& all, const std::string& name) {
  const auto found = std::find_if(all.commands.begin(), all.commands.end(),
                                  [&](const manual_command& command) { return command.name == name; });
  return found == all.commands.end() ? nullptr : &*found;
}

} // namespace sluice::command
