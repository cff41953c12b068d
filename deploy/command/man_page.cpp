#include "man_page.hpp"

#include "exit_code.hpp"
#include "man_prose.hpp"
#include "option_groups.hpp"
#include "roff.hpp"

#include <algorithm>
#include <cctype>

namespace sluice::command {

namespace {

/// "-o, --output FILE", names in bold and the value in italics.
std::string marked_names(const manual_option& option) {
  std::string result;
  for (const auto& name : dashed_names(option))
    result += (result.empty() ? "" : ", ") + roff_bold(name);
  if (option.value.empty())
    return result;
  const auto value = roff_italic(option.value);
  return result
         + (!option.value_optional      ? " " + value
            : option.value_is_next_word ? " [" + value + "]"
                                        : "[=" + value + "]");
}

bool same(const manual_option& a, const manual_option& b) { return a.long_names == b.long_names && a.help == b.help; }

const manual_option* find_same(const manual_command& command, const manual_option& option) {
  const auto found = std::find_if(command.options.begin(), command.options.end(),
                                  [&](const manual_option& other) { return same(option, other); });
  return found == command.options.end() ? nullptr : &*found;
}

/// The options that `shown` does not have, by group; the others by name.
void add_options(roff_page& page, const manual& all, const manual_command& command, const manual_command* shown) {
  const auto add_group = [&](std::string_view key, std::string_view title) {
    bool any = false;
    for (const auto& option : command.options) {
      if (option.group != key || (shown && find_same(*shown, option)))
        continue;
      if (!any)
        page.subsection(title);
      any = true;
      page.tagged(marked_names(option), description_of(option));
    }
  };
  for (const auto& group : option_groups())
    add_group(group.key, group.title);
  add_group("", title_of_ungrouped);
  if (!shown)
    return;
  std::string names;
  for (const auto& option : command.options)
    if (find_same(*shown, option))
      names += (names.empty() ? "" : ", ") + roff_bold("--" + option.long_names.front());
  if (names.empty())
    return;
  page.subsection("As in " + all.program + " " + shown->name);
  page.marked_paragraph(names + ".");
}

void add_synopsis(roff_page& page, const manual& all) {
  page.section("SYNOPSIS");
  for (const auto& command : all.commands)
    page.marked_paragraph(roff_bold(all.program + " " + command.name) + " [" + roff_italic("OPTIONS") + "]"
                          + (command.arguments.empty() ? "" : " " + roff_italic(command.arguments)));
  page.marked_paragraph(roff_bold(all.program) + " " + roff_bold("--help") + " | " + roff_bold("--version") + " | "
                        + roff_bold("--generate") + " " + roff_italic("PAGE"));
}

void add_commands(roff_page& page, const manual& all) {
  page.section("COMMANDS");
  for (const auto& command : all.commands)
    page.tagged(roff_bold(all.program + " " + command.name), command.summary + ".");
  page.subsection("Options in front of a command");
  for (const auto& option : all.options)
    page.tagged(marked_names(option), description_of(option));
}

template <class Entries>
void add_entries(roff_page& page, std::string_view title, const Entries& entries) {
  page.section(title);
  for (const auto& entry : entries)
    page.tagged(roff_bold(entry.name), entry.text);
}

std::string upper(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

} // namespace

std::string man_page(const manual& all) {
  roff_page page{all.program, man_page_date, all.program + " " + all.version};
  page.section("NAME");
  const auto colon = all.summary.find(": ");
  page.paragraph(all.program + " - " + all.summary.substr(colon == std::string::npos ? 0 : colon + 2));
  add_synopsis(page, all);
  page.section("DESCRIPTION");
  for (const auto& text : man_description())
    page.paragraph(text);
  add_commands(page, all);
  page.section("VALUES OF OPTIONS");
  for (const auto& text : man_values())
    page.paragraph(text);
  for (const auto& command : all.commands) {
    page.section("OPTIONS OF " + upper(all.program + " " + command.name));
    add_options(page, all, command, &command == &all.commands.front() ? nullptr : &all.commands.front());
  }
  page.section("EXIT STATUS");
  for (const auto code : exit_codes())
    page.tagged(roff_bold(std::to_string(code)), meaning_of(code));
  add_entries(page, "ENVIRONMENT", man_environment());
  add_entries(page, "FILES", man_files());
  page.section("EXAMPLES");
  for (const auto& [command, text] : man_examples()) {
    page.paragraph(text);
    page.example(command);
  }
  page.section("SEE ALSO");
  page.marked_paragraph(roff_bold("curl") + "(1)");
  page.paragraph(
      "docs/COMMAND.md of the source says more of each option; docs/FLOW_CONTROL.md says how an origin is held "
      "back.");
  return page.text();
}

} // namespace sluice::command
