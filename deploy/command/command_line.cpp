#include "command_line.hpp"

#include "arguments.hpp"
#include "command.hpp"
#include "config_file.hpp"
#include "first_word.hpp"
#include "input_file.hpp"
#include "pages.hpp"
#include "secret_arguments.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace sluice::command {

namespace {

/// Lets the last of several values of an option count, as in curl: one on the command line replaces one of .sluicerc.
void let_last_count(CLI::App& app) {
  for (auto* option : app.get_options())
    if (option->get_items_expected_max() == 1 && option->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw)
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

/// Words that no option takes. Names alone are repeated: a word may be a password in the wrong place.
std::string about_extras(const CLI::App& app) {
  for (const auto* subcommand : app.get_subcommands())
    for (const auto& word : subcommand->remaining(true)) {
      if (is_long_option(word)) {
        const auto name = "--" + std::string{long_name(word)};
        const auto nearest = table_of(*subcommand).nearest_to(long_name(word));
        return "unknown option '" + printable(name) + "'" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?")
               + " ('sluice " + subcommand->get_name() + " --help all' lists the options)";
      }
      if (is_short_group(word))
        return "unknown option '" + printable(word.substr(0, 2)) + "' ('sluice " + subcommand->get_name()
               + " --help all' lists the options)";
    }
  return "there are more arguments than are understood; one that contains blanks or '&' must be put in quotes";
}

/// The parser's own answer to what it throws.
int answer(const CLI::App& app, const CLI::ParseError& problem, const std::string& place) {
  if (problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    std::cerr << "sluice: " << about_extras(app) << "\n";
    return usage;
  }
  if (!place.empty())
    std::cerr << "sluice: " << place << ": ";
  return app.exit(problem) == 0 ? static_cast<int>(success) : static_cast<int>(usage);
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
    shapes.push_back(std::move(shape));
  }
  return option_table{std::move(shapes)};
}

std::optional<int> parse_command_line(CLI::App& app, CLI::App& get, int argc, char** argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (const auto code = answer_page_request(app, words))
    return code;
  if (auto problem = check_first_word(words, table_of(app), names_of_commands(app)))
    return complain(problem);
  std::vector<word> expanded;
  const auto table = table_of(get);
  if (!words.empty() && words.front() == get.get_name()) {
    hide_secrets({argv + 2, argv + argc}, table);
    let_last_count(get);
    words.erase(words.begin());
    auto all = expand_arguments(words, table, found_startup_file(),
                                [](const std::string& path) { return read_input("-K", path); });
    if (!all)
      return complain(all.error());
    expanded = std::move(*all);
    words = {get.get_name()};
    for (const auto& each : expanded)
      words.push_back(each.text);
  }
  try {
    if (argc > 0)
      app.name(argv[0]);
    app.parse(std::vector<std::string>{words.rbegin(), words.rend()});
  } catch (const CLI::ParseError& problem) {
    return answer(app, problem, place_of(problem.what(), expanded, table));
  }
  return std::nullopt;
}

} // namespace sluice::command
