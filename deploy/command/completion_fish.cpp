#include "completion.hpp"

namespace sluice::command {

namespace {

/// fish knows \' and \\ in single quotes.
std::string shell_word(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += '\\';
    escaped += c;
  }
  return single_quoted(escaped, "\\'");
}

/// What follows the option: -r needs a value, -F are files, -x needs one of these and nothing else.
std::string value_of(const manual_command& command, const manual_option& option) {
  if (option.value.empty())
    return "";
  const auto words = proposed_values(command, option);
  if (option.value_optional)
    return words.empty() ? "" : " -a " + shell_word(joined(words));
  if (!words.empty())
    return " -x -a " + shell_word(joined(words));
  switch (option.kind) {
    case value_kind::file:
    case value_kind::text_or_file: return " -r -F";
    case value_kind::folder: return " -x -a '(__fish_complete_directories)'";
    case value_kind::text: return " -x";
  }
  return "";
}

std::string line(const std::string& program, const std::string& condition, const manual_command& command,
                 const manual_option& option) {
  std::string names;
  for (const char letter : option.short_names)
    names += std::string{" -s "} + letter;
  for (const auto& name : option.long_names)
    names += " -l " + name;
  return "complete -c " + program + " -n " + shell_word(condition) + names + value_of(command, option) + " -d "
         + shell_word(brief_of(option)) + "\n";
}

} // namespace

std::string fish_completion(const manual& all) {
  std::string result = "# fish completion for " + all.program + " " + all.version + ", written by '" + all.program
                       + " --generate fish'.\ncomplete -c " + all.program + " -f\n";
  for (const auto& command : all.commands)
    result += "complete -c " + all.program + " -n __fish_use_subcommand -a " + command.name + " -d "
              + shell_word(command.summary) + "\n";
  for (const auto& option : all.options)
    result += line(all.program, "__fish_use_subcommand", {}, option);
  for (const auto& command : all.commands)
    for (const auto& option : command.options)
      result += line(all.program, "__fish_seen_subcommand_from " + command.name, command, option);
  return result;
}

} // namespace sluice::command
