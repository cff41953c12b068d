#include "pages.hpp"

#include "command.hpp"
#include "command_line.hpp"
#include "completion.hpp"
#include "curl_options.hpp"
#include "help_request.hpp"
#include "help_text.hpp"
#include "man_page.hpp"
#include "manual_of.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <iostream>
#include <string_view>

namespace sluice::command {

namespace {

/// One option a line, with tabs between: the subcommand, its names, its value or '-', its group or '-'.
std::string option_listing(const manual& all) {
  std::string result;
  for (const auto& command : all.commands)
    for (const auto& option : command.options) {
      result += command.name + "\t";
      for (const auto& name : dashed_names(option))
        result += name + (name == "--" + option.long_names.back() ? "" : ",");
      result += "\t" + (option.value.empty() ? "-" : option.value) + "\t" + (option.group.empty() ? "-" : option.group)
                + "\n";
    }
  return result;
}

int write(const result_or_failure<std::string>& text) { return text ? write_page(*text) : complain(text.error()); }

result_or_failure<std::string> generated(const manual& all, std::string_view what) {
  if (what == "man")
    return man_page(all);
  if (what == "bash")
    return bash_completion(all);
  if (what == "zsh")
    return zsh_completion(all);
  if (what == "fish")
    return fish_completion(all);
  if (what == "options")
    return option_listing(all);
  if (what == "curl")
    return left_out_listing();
  return failure{errc::invalid_configuration, caused_by::local,
                 "--generate writes one of " + joined(generated_pages()) + ", and one of them must be given"};
}

} // namespace

int write_page(const std::string& text) {
  errno = 0;
  std::cout << text << std::flush;
  // A reader that has closed its end wants no more: `sluice --help all | head`.
  return std::cout || errno == EPIPE
             ? success
             : complain({errc::consumer_failed, caused_by::local, "writing to standard output failed"});
}

const std::vector<std::string>& generated_pages() {
  static const std::vector<std::string> all{"man", "bash", "zsh", "fish", "options", "curl"};
  return all;
}

std::optional<int> answer_page_request(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty())
    return std::nullopt;
  constexpr std::string_view generate = "--generate";
  const auto& first = words.front();
  if (first == generate)
    return write(generated(manual_of(app), words.size() == 2 ? words[1] : ""));
  if (first.starts_with(std::string{generate} + "="))
    return write(generated(manual_of(app), first.substr(generate.size() + 1)));
  if (const auto topic = find_help({first, words.size() > 1 ? words[1] : ""}, table_of(app)); topic && first[0] == '-')
    return write(help_of(manual_of(app), *topic));
  for (const auto* subcommand : app.get_subcommands({}))
    if (subcommand->get_name() == first)
      if (const auto topic = find_help({words.begin() + 1, words.end()}, table_of(*subcommand))) {
        const auto all = manual_of(app);
        return write(help_of(all, *find_command(all, first), *topic));
      }
  return std::nullopt;
}

} // namespace sluice::command
