#include "completion.hpp"

namespace sluice::command {

namespace {

std::string shell_word(std::string_view text) { return single_quoted(text, "'\\''"); }

/// "get/-o|get/--output" of the options of that kind that have no words of their own; empty: there are none.
std::string patterns(const manual& all, value_kind kind) {
  std::string result;
  for (const auto& command : all.commands)
    for (const auto& option : command.options)
      if (option.kind == kind && !option.value.empty() && option.words.empty() && !option.value_is_next_word)
        for (const auto& name : dashed_names(option))
          result += (result.empty() ? "" : "|") + command.name + "/" + name;
  return result;
}

std::string branch(const std::string& pattern, const std::string& action) {
  return pattern.empty() ? "" : "    " + pattern + ")\n      " + action + "\n      return ;;\n";
}

/// For the options of `command` whose values are known; in patterns each name is behind `prefix`.
std::string word_branches(const manual_command& command, const std::vector<manual_option>& options,
                          const std::string& prefix) {
  std::string result;
  for (const auto& option : options) {
    const auto words = proposed_values(command, option);
    if (words.empty())
      continue;
    std::string pattern;
    for (const auto& name : dashed_names(option))
      pattern += (pattern.empty() ? "" : "|") + prefix + name;
    // Of --help the value may be left out: options are proposed after it too.
    if (option.value_is_next_word)
      result += "    " + pattern + ")\n      [[ $cur == -* ]] || { _sluice_words " + shell_word(joined(words))
                + "; return; } ;;\n";
    else
      result += branch(pattern, "_sluice_words " + shell_word(joined(words)));
  }
  return result;
}

std::string word_branches(const manual& all) {
  std::string result;
  for (const auto& command : all.commands)
    result += word_branches(command, command.options, command.name + "/");
  return result;
}

/// Per command: all its options; the letters of flags, and of options with a value.
std::string command_branches(const manual& all) {
  std::string result;
  for (const auto& command : all.commands) {
    std::vector<std::string> names;
    std::string flags, valued;
    for (const auto& option : command.options) {
      for (auto& name : dashed_names(option))
        names.push_back(std::move(name));
      (option.value.empty() || option.value_optional ? flags : valued) += option.short_names;
    }
    result += "    " + command.name + ")\n      options=" + shell_word(joined(names))
              + "\n      flags=" + shell_word(flags) + " valued=" + shell_word(valued) + " ;;\n";
  }
  return result;
}

constexpr const char* helpers = R"(
_sluice_words() { # WORDS: those that begin with what is typed
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}
_sluice_files() { # -f: files, -d: folders
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_sluice() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous='' command='' options='' flags='' valued='' at_file='' i
  COMPREPLY=()
  ((COMP_CWORD == 0)) || previous=${COMP_WORDS[COMP_CWORD - 1]}
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]}; break ;; esac
  done
  # bash makes words of their own of '=' and '@'.
  case $cur in =) cur='' ;; @) cur='' at_file=1 ;; esac
  if [[ $previous == @ ]]; then
    at_file=1
    ((COMP_CWORD < 2)) || previous=${COMP_WORDS[COMP_CWORD - 2]}
    [[ $previous != = ]] || ((COMP_CWORD < 3)) || previous=${COMP_WORDS[COMP_CWORD - 3]}
  elif [[ $previous == = ]]; then
    ((COMP_CWORD < 2)) || previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

/// A case of the shell with these branches; nothing without any.
std::string choice(const std::string& subject, const std::string& branches) {
  return branches.empty() ? "" : "  case " + subject + " in\n" + branches + "  esac\n";
}

} // namespace

std::string bash_completion(const manual& all) {
  std::vector<std::string> first;
  for (const auto& command : all.commands)
    first.push_back(command.name);
  for (const auto& option : all.options)
    for (auto& name : dashed_names(option))
      first.push_back(std::move(name));
  std::string text_patterns = patterns(all, value_kind::text);
  std::string result = "# bash completion for " + all.program + " " + all.version + ", written by '" + all.program
                       + " --generate bash'.\n" + helpers;
  const auto in_front = choice("$previous", word_branches({}, all.options, ""));
  result += choice("$command", command_branches(all) + "    *)\n" + in_front + "      _sluice_words "
                                   + shell_word(joined(first)) + "\n      return ;;\n");
  result += "  # Short options written together: the last one may take the next word.\n"
            "  if [[ $valued && $previous =~ ^-[$flags]+([$valued])$ ]]; then previous=-${BASH_REMATCH[1]}; fi\n";
  result += choice("$command/$previous",
                   word_branches(all) + branch(patterns(all, value_kind::file), "_sluice_files -f")
                       + branch(patterns(all, value_kind::folder), "_sluice_files -d")
                       + branch(patterns(all, value_kind::text_or_file), "[[ ! $at_file ]] || _sluice_files -f")
                       + branch(text_patterns, ":"));
  result += "  [[ $cur != -* ]] || _sluice_words \"$options\"\n}\ncomplete -F _sluice " + all.program + "\n";
  return result;
}

} // namespace sluice::command
