#include "manual_of.hpp"

#include "option_groups.hpp"
#include "pages.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

namespace sluice::command {

namespace {

manual_option option_of(const CLI::Option& from, bool is_help) {
  manual_option result;
  result.long_names = from.get_lnames();
  for (const auto& name : from.get_snames())
    result.short_names += name;
  result.help = from.get_description();
  result.value_is_next_word = is_help;
  result.value_optional = is_help || from.check_lname("stats");
  if (is_help) {
    result.value = "GROUP";
    result.help = "List the most common options; with a group: all of it; with 'all': all options";
  } else if (from.check_lname("stats")) {
    result.value = "FILE";
  } else if (from.get_items_expected_max() > 0) {
    auto type = value_type_of(from.get_type_name());
    result.value = std::move(type.name);
    result.range = std::move(type.range);
  }
  if (from.check_lname("version"))
    result.help = "Print the version";
  add_group_and_values(result);
  if (from.check_lname("generate"))
    result.words = generated_pages();
  return result;
}

std::vector<manual_option> options_of(const CLI::App& app) {
  std::vector<manual_option> result;
  for (const auto* option : app.get_options())
    if (!option->get_lnames().empty() && !option->get_group().empty())
      result.push_back(option_of(*option, option == app.get_help_ptr()));
  return result;
}

std::string arguments_of(const CLI::App& app) {
  std::string result;
  for (const auto* option : app.get_options())
    if (option->get_positional())
      result += (result.empty() ? "" : " ") + value_type_of(option->get_type_name()).name
                + (option->get_items_expected_max() > 1 ? "..." : "");
  return result;
}

} // namespace

value_type value_type_of(std::string_view type) {
  value_type result;
  if (const auto in = type.find(" in ["); in != std::string_view::npos) {
    const auto range = type.substr(in + 5, type.find(']', in) - in - 5);
    if (const auto between = range.find(" - "); between != std::string_view::npos)
      result.range = std::string{range.substr(0, between)} + " to " + std::string{range.substr(between + 3)};
    type = type.substr(0, in);
  }
  // What the parser calls a C++ type says less than the check after it: "UINT:BYTES". A name of its own says more:
  // "PORT:N".
  for (const std::string_view general : {"UINT:", "INT:", "FLOAT:", "TEXT:"})
    if (type.starts_with(general))
      type.remove_prefix(general.size());
  if (type.ends_with(":N"))
    type.remove_suffix(2);
  result.name = type.empty() || type == "UINT" || type == "INT" || type == "FLOAT" ? "N" : std::string{type};
  return result;
}

manual manual_of(const CLI::App& app) {
  const auto version = app.version();
  const auto blank = version.find(' ');
  manual all{
      "sluice", version.substr(blank == std::string::npos ? 0 : blank + 1), app.get_description(), options_of(app), {}};
  for (const auto* subcommand : app.get_subcommands({})) {
    manual_command command{subcommand->get_name(), subcommand->get_description(), arguments_of(*subcommand), {}};
    command.options = options_of(*subcommand);
    all.commands.push_back(std::move(command));
  }
  for (auto& option : all.options)
    if (option.value_is_next_word) {
      option.value = "COMMAND";
      option.words = {"all"};
      for (const auto& command : all.commands)
        option.words.push_back(command.name);
      option.help = "List the commands; with one: its most common options; with 'all': all options of all";
    }
  return all;
}

} // namespace sluice::command
