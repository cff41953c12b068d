#include "completion.hpp"

#include <algorithm>

namespace sluice::command {

namespace {

std::string shell_word(std::string_view text) { return single_quoted(text, "'\\''"); }

/// What _arguments and _describe would read as the end of a part is escaped.
std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos)
      result += '\\';
    result += c;
  }
  return result;
}

/// ":FILE:_files", or nothing for a flag.
std::string value_of(const manual_command& command, const manual_option& option) {
  if (option.value.empty())
    return "";
  const auto words = proposed_values(command, option);
  std::string action = " ";
  if (!words.empty())
    action = "(" + escaped(joined(words), ":()") + ")";
  else if (option.kind == value_kind::file)
    action = "_files";
  else if (option.kind == value_kind::folder)
    action = "_files -/";
  else if (option.kind == value_kind::text_or_file)
    action = "_sluice_text_or_file";
  else if (option.value == "URL")
    action = "_urls";
  return (option.value_optional ? "::" : ":") + escaped(option.value, ":\\") + ":" + action;
}

/// How a name is followed by its value: "-o+" is attached or the next word, "--output=" the next word or after '='.
std::string name_with_value(const std::string& name, const manual_option& option) {
  if (option.value.empty() || option.value_is_next_word)
    return name;
  if (option.value_optional)
    return name + "=-";
  return name + (name.starts_with("--") ? "=" : "+");
}

std::string specifications(const manual_command& command, const std::vector<manual_option>& options) {
  std::string result;
  for (const auto& option : options)
    for (const auto& name : dashed_names(option))
      result += "        "
                + shell_word("*" + name_with_value(name, option) + "[" + escaped(brief_of(option), "[]\\") + "]"
                             + value_of(command, option))
                + " \\\n";
  return result;
}

std::string positionals(const manual_command& command) {
  if (command.arguments.empty())
    return "";
  return "        " + shell_word(command.arguments.ends_with("...") ? "*:URL:_urls" : ":URL:_urls") + " \\\n";
}

} // namespace

std::string zsh_completion(const manual& all) {
  std::string result = "#compdef " + all.program + "\n# zsh completion for " + all.program + " " + all.version
                       + ", written by '" + all.program + " --generate zsh'.\n";
  result += R"(
_sluice_text_or_file() {
  if compset -P '@'; then _files; else _message -e texts 'text, or @FILE'; fi
}

_sluice() {
  local context state state_descr line ret=1
  typeset -A opt_args
  _arguments -C \
)";
  result += specifications({all.program, "", "", all.options}, all.options);
  result += "        '1: :->command' '*:: :->words' && ret=0\n  case $state in\n    command)\n      local -a commands\n"
            "      commands=(\n";
  for (const auto& command : all.commands)
    result += "        " + shell_word(escaped(command.name, ":\\") + ":" + escaped(command.summary, "\\")) + "\n";
  result += "      )\n      _describe -t commands command commands && ret=0 ;;\n    words)\n      case $words[1] in\n";
  for (const auto& command : all.commands) {
    result += "      " + command.name + ")\n        _arguments -s -S \\\n" + specifications(command, command.options)
              + positionals(command) + "        && ret=0 ;;\n";
  }
  return result + "      esac ;;\n  esac\n  return ret\n}\n\n_sluice \"$@\"\n";
}

} // namespace sluice::command
