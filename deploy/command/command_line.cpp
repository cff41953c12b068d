#include "command_line.hpp"

#include "arguments.hpp"
#include "command.hpp"
#include "config_file.hpp"
#include "first_word.hpp"
#include "input_file.hpp"
#include "manual_of.hpp"
#include "pages.hpp"
#include "secret_arguments.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

/// Lets the last of several values of an option count, as in curl: one on the command line replaces one of .sluicerc.
void let_last_count(CLI::App& app) {
  for (auto* option : app.get_options())
    if (!option->get_positional() && option->get_items_expected_max() == 1
        && option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw)
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> result;
  for (const auto* subcommand : app.get_subcommands({}))
    result.push_back(subcommand->get_name());
  return result;
}

std::string found_startup_file() {
  return startup_file(
      [](const char* name) {
        const char* value = std::getenv(name);
        return std::string{value ? value : ""};
      },
      [](const std::string& path) { return access(path.c_str(), F_OK) == 0; });
}

/// What the parser throws, in the form of all other errors.
int answer(const CLI::ParseError& problem, const std::string& place) {
  std::string text = problem.what();
  const auto code = static_cast<CLI::ExitCodes>(problem.get_exit_code());
  if (code == CLI::ExitCodes::Success) // the version
    return write_page(text + "\n");
  constexpr std::string_view excludes = " excludes ";
  if (code == CLI::ExitCodes::ExtrasError) // not repeated: a word may be a password in the wrong place
    text = "there are more arguments than are understood; one that contains blanks or '&' must be put in quotes";
  else if (const auto at = text.find(excludes); code == CLI::ExitCodes::ExcludesError && at != std::string::npos)
    text.replace(at, excludes.size(), " and ") += " cannot be given together; leave one of them out";
  return complain({errc::invalid_configuration, caused_by::local, (place.empty() ? "" : place + ": ") + text});
}

CLI::App* find_command(CLI::App& app, const std::string& name) {
  for (auto* subcommand : app.get_subcommands([](CLI::App*) { return true; }))
    if (subcommand->get_name() == name)
      return subcommand;
  return nullptr;
}

/// 'help' as the first word is --help, of the command after it if there is one.
std::vector<std::string> with_help_as_an_option(std::vector<std::string> words, CLI::App& app) {
  if (words.empty() || words.front() != "help")
    return words;
  words.front() = "--help";
  if (words.size() > 1 && find_command(app, words[1]))
    std::swap(words[0], words[1]);
  return words;
}

} // namespace

option_table table_of(const CLI::App& app) {
  std::vector<option_shape> shapes;
  for (const auto* option : app.get_options()) {
    option_shape shape;
    shape.long_names = option->get_lnames();
    for (const auto& name : option->get_snames())
      shape.short_names += name;
    shape.takes_value = option->get_items_expected_max() > 0;
    shape.takes_optional_value = option->check_lname("stats");
    if (shape.takes_value)
      shape.value = value_type_of(option->get_type_name()).name;
    shapes.push_back(std::move(shape));
  }
  return option_table{std::move(shapes), app.get_name()};
}

std::optional<int> parse_command_line(CLI::App& app, CLI::App& get, int argc, char** argv) {
  auto words = with_help_as_an_option({argv + std::min(argc, 1), argv + argc}, app);
  if (const auto code = answer_page_request(app, words))
    return code;
  if (auto problem = check_first_word(words, table_of(app), names_of_commands(app)))
    return complain(problem);
  std::vector<word> expanded;
  auto* const command = find_command(app, words.front());
  const auto table = table_of(command ? *command : app);
  if (command) {
    hide_secrets({argv + 2, argv + argc}, table);
    let_last_count(*command);
    words.erase(words.begin());
    auto all = expand_arguments(words, table, command == &get ? found_startup_file() : std::string{},
                                [](const std::string& path) { return read_input("-K", path); });
    if (!all)
      return complain(all.error());
    expanded = std::move(*all);
    words = {command->get_name()};
    for (const auto& each : expanded)
      words.push_back(each.text);
  }
  try {
    app.parse(std::vector<std::string>{words.rbegin(), words.rend()});
  } catch (const CLI::ParseError& problem) {
    return answer(problem, place_of(problem.what(), expanded, table));
  }
  return std::nullopt;
}

} // namespace sluice::command
