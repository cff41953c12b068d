#include "help_text.hpp"

#include "nearest.hpp"
#include "option_groups.hpp"
#include "word_wrap.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace sluice::command {

namespace {

constexpr std::size_t width = 80, help_column = 29; // columns
constexpr std::size_t few = 16;                     // options of which all are shown

using choice = std::function<bool(const manual_option&)>;

std::string paragraph(const std::string& text) {
  std::string result;
  for (const auto& line : wrapped(text, width))
    result += line + "\n";
  return result;
}

std::string entry(const std::string& name, const std::string& text) {
  auto line = "  " + name;
  std::string result;
  if (line.size() + 2 > help_column) {
    result = line + "\n";
    line.clear();
  }
  for (const auto& part : wrapped(text, width - help_column)) {
    line.resize(help_column, ' ');
    result += line + part + "\n";
    line.clear();
  }
  return result;
}

std::string entries(const std::vector<manual_option>& options, const choice& wanted) {
  std::string result;
  for (const auto& option : options)
    if (wanted(option))
      result += entry((option.short_names.empty() ? "    " : "") + names_of(option), description_of(option));
  return result;
}

std::string section(const std::string& title, const std::string& content) {
  return content.empty() ? "" : "\n" + title + "\n" + content;
}

std::string grouped(const std::vector<manual_option>& options, const choice& wanted) {
  std::string result;
  for (const auto& group : option_groups())
    result +=
        section(std::string{group.title} + " (" + std::string{group.key} + ")",
                entries(options, [&](const auto& option) { return option.group == group.key && wanted(option); }));
  return result + section(std::string{title_of_ungrouped}, entries(options, [&](const auto& option) {
                            return option.group.empty() && wanted(option);
                          }));
}

std::vector<std::string> topics_of(const manual_command& command) {
  std::vector<std::string> result{"all"};
  for (const auto& group : option_groups())
    if (std::any_of(command.options.begin(), command.options.end(),
                    [&](const manual_option& option) { return option.group == group.key; }))
      result.emplace_back(group.key);
  return result;
}

std::string listed(const std::vector<std::string>& words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i)
    result += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return result;
}

std::string heading(const manual& all, const manual_command& command) {
  return all.program + " " + command.name + ": " + command.summary + "\n\nusage: " + all.program + " " + command.name
         + " [OPTIONS]" + (command.arguments.empty() ? "" : " " + command.arguments) + "\n";
}

failure no_such(const char* what, const std::string& topic, const std::vector<std::string>& known) {
  const auto meant = nearest(topic, known);
  return {errc::invalid_configuration, caused_by::local,
          std::string{"--help: there is no "} + what + " '" + topic + "'"
              + (meant.empty() ? "" : "; did you mean '" + meant + "'?") + " (there are " + listed(known) + ")"};
}

} // namespace

std::string help_overview(const manual& all) {
  auto result = paragraph(all.summary) + "\nusage: " + all.program + " COMMAND [OPTIONS]\n";
  std::string commands;
  for (const auto& command : all.commands)
    commands += entry(command.name, command.summary);
  result += section("Commands", commands);
  result += section("Options", entries(all.options, [](const auto&) { return true; }));
  return result + "\n"
         + paragraph("'" + all.program + " COMMAND --help' lists the most common options of a command, '" + all.program
                     + " COMMAND --help all' all of them. The man page is " + all.program + "(1).");
}

result_or_failure<std::string> help_of(const manual& all, const manual_command& command, const std::string& topic) {
  if (topic == "all")
    return heading(all, command) + grouped(command.options, [](const auto&) { return true; });
  const auto topics = topics_of(command);
  if (!topic.empty()) {
    if (std::find(topics.begin(), topics.end(), topic) == topics.end())
      return no_such("group of options", topic, topics);
    return heading(all, command) + grouped(command.options, [&](const auto& option) { return option.group == topic; });
  }
  if (command.options.size() <= few)
    return heading(all, command) + grouped(command.options, [](const auto&) { return true; });
  return heading(all, command) + grouped(command.options, [](const auto& option) { return option.common; }) + "\n"
         + paragraph("These are the most common options. '" + all.program + " " + command.name
                     + " --help all' lists all " + std::to_string(command.options.size())
                     + ", '--help GROUP' those of a group: " + listed({topics.begin() + 1, topics.end()}) + ".");
}

result_or_failure<std::string> help_of(const manual& all, const std::string& topic) {
  if (topic.empty())
    return help_overview(all);
  if (const auto* command = find_command(all, topic))
    return help_of(all, *command, "");
  std::vector<std::string> known{"all"};
  auto result = help_overview(all);
  for (const auto& command : all.commands) {
    known.push_back(command.name);
    result += "\n" + *help_of(all, command, "all");
  }
  return topic == "all" ? result_or_failure<std::string>{result} : no_such("command", topic, known);
}

} // namespace sluice::command
