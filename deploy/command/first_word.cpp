#include "first_word.hpp"

#include "nearest.hpp"

#include <algorithm>

namespace sluice::command {

namespace {

failure wrong(const std::string& what) {
  return {errc::invalid_configuration, caused_by::local, what + " ('sluice --help' lists the commands)"};
}

std::string question(const std::string& nearest) { return nearest.empty() ? "" : "; did you mean '" + nearest + "'?"; }

bool is_name(const std::string& word) {
  return word.size() <= 16 && std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

} // namespace

failure check_first_word(const std::vector<std::string>& words, const option_table& options,
                         const std::vector<std::string>& commands) {
  if (words.empty())
    return wrong("no command was given");
  const auto& word = words.front();
  if (is_long_option(word)) {
    const auto name = std::string{long_name(word)};
    if (const auto* shape = options.find_long(name)) {
      const bool valued = shape->takes_value || shape->takes_optional_value;
      return valued || word.size() == name.size() + 2
                 ? failure{}
                 : wrong("--" + name + ": a value is given, but none is taken; write --" + name + " alone");
    }
    return wrong("unknown option '--" + printable(name) + "' in front of the command"
                 + question(options.nearest_to(name)));
  }
  if (is_short_group(word)) {
    const auto group = look_at_group(word, options);
    if (!group.unknown)
      return {};
    return wrong("unknown option '-" + printable(word.substr(group.at, 1)) + "' in front of the command");
  }
  if (std::find(commands.begin(), commands.end(), word) != commands.end())
    return {};
  if (word.find("://") != std::string::npos)
    return wrong("the first word must be a command; to fetch a URL, write 'sluice get URL'");
  const auto meant = nearest(word, commands);
  if (meant.empty() && !is_name(word))
    return wrong("the first word must be a command");
  return wrong("there is no command '" + printable(word) + "'" + question(meant));
}

} // namespace sluice::command
