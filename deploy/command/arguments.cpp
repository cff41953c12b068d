#include "arguments.hpp"

#include "config_file.hpp"
#include "curl_options.hpp"

#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

failure wrong(const std::string& place, const std::string& what) {
  return {errc::invalid_configuration, caused_by::local, (place.empty() ? "" : place + ": ") + what};
}

failure misses_value(const std::string& place, const std::string& name, const option_shape& shape) {
  return wrong(place, name + ": a value is missing; write " + name + " " + shape.value);
}

failure takes_none(const std::string& place, const std::string& name) {
  return wrong(place, name + ": a value is given, but none is taken; write " + name + " alone");
}

bool is_config(const option_shape& shape) { return shape.short_names.find('K') != std::string::npos; }

class expander {
public:
  expander(const option_table& table, const config_reader& read) : table_(table), read_(read) {}

  failure expand(const std::vector<word>& words, std::size_t depth);
  failure expand_file(const std::string& path, const std::string& place, std::size_t depth);
  std::vector<word> take() { return std::move(result_); }

private:
  failure add(word option);
  /// `next`: the word after it, or null. `used` is set where that is the option's value.
  failure expand_long(const word& option, const word* next, std::size_t depth, bool& used);
  failure expand_group(const word& option, const word* next, std::size_t depth, bool& used);
  failure words_of(const config_line& line, const std::string& place, std::vector<word>& to) const;
  failure unknown(const std::string& place, const std::string& name) const;

  const option_table& table_;
  const config_reader& read_;
  std::vector<word> result_;
  bool read_standard_input_ = false;
};

failure expander::add(word option) {
  if (result_.size() == word_limit)
    return wrong(option.place, "there are more than " + std::to_string(word_limit) + " options and values in all");
  result_.push_back(std::move(option));
  return {};
}

failure expander::unknown(const std::string& place, const std::string& name) const {
  if (const auto why = table_.command() == "get" ? why_left_out(name) : std::string{}; !why.empty())
    return wrong(place, why);
  const auto told = "unknown option '" + printable(name) + "'";
  if (name.starts_with("--no-"))
    if (const auto* shape = table_.find_long(std::string_view{name}.substr(5)); shape && !shape->takes_value)
      return wrong(place, told + "; no option is switched off in this way: leave '--" + name.substr(5) + "' out");
  const auto nearest = name.starts_with("--") ? table_.nearest_to(std::string_view{name}.substr(2)) : std::string{};
  return wrong(place, told + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") + " ('sluice "
                          + table_.command() + " --help all' lists the options)");
}

failure expander::expand(const std::vector<word>& words, std::size_t depth) {
  bool only_positionals = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto* next = i + 1 < words.size() ? &words[i + 1] : nullptr;
    const auto& text = words[i].text;
    bool used = false;
    failure problem;
    if (!only_positionals && is_long_option(text))
      problem = expand_long(words[i], next, depth, used);
    else if (!only_positionals && is_short_group(text))
      problem = expand_group(words[i], next, depth, used);
    else
      problem = add(words[i]);
    if (problem)
      return problem;
    only_positionals = only_positionals || text == "--";
    i += used ? 1 : 0;
  }
  return {};
}

failure expander::expand_long(const word& option, const word* next, std::size_t depth, bool& used) {
  const auto name = std::string{long_name(option.text)};
  const auto* shape = table_.find_long(name);
  if (!shape)
    return unknown(option.place, "--" + name);
  const bool attached = option.text.size() > name.size() + 2;
  if (!shape->takes_value)
    return attached && !shape->takes_optional_value ? takes_none(option.place, "--" + name) : add(option);
  if (!attached && !next)
    return misses_value(option.place, "--" + name, *shape);
  used = !attached;
  const auto value = attached ? option.text.substr(name.size() + 3) : next->text;
  if (is_config(*shape))
    return expand_file(value, option.place, depth);
  auto problem = add({"--" + name, option.place});
  return problem ? problem : add({value, option.place});
}

failure expander::expand_group(const word& option, const word* next, std::size_t depth, bool& used) {
  const auto group = look_at_group(option.text, table_);
  if (group.unknown)
    return unknown(option.place, {'-', option.text[group.at]});
  if (!group.valued)
    return add(option);
  const bool attached = group.at + 1 < option.text.size();
  if (!attached && !next)
    return misses_value(option.place, {'-', option.text[group.at]}, *group.valued);
  used = !attached;
  if (!is_config(*group.valued)) {
    auto problem = add(option);
    return problem || !used ? problem : add(*next);
  }
  if (group.at > 1) // the flags before it
    if (auto problem = add({option.text.substr(0, group.at), option.place}))
      return problem;
  return expand_file(attached ? option.text.substr(group.at + 1) : next->text, option.place, depth);
}

failure expander::expand_file(const std::string& path, const std::string& place, std::size_t depth) {
  if (depth == config_depth_limit)
    return wrong(place, "-K: files that name files are read " + std::to_string(config_depth_limit)
                            + " deep; this one is deeper");
  if (path == "-" && std::exchange(read_standard_input_, true))
    return wrong(place, "-K: standard input cannot be read twice");
  const auto text = read_(path);
  if (!text)
    return wrong(place, text.error().detail);
  const auto name = path == "-" ? std::string{"standard input"} : "'" + printable(path) + "'";
  const auto lines = parse_config(*text, name);
  if (!lines)
    return lines.error();
  for (const auto& line : *lines) {
    std::vector<word> words;
    auto problem = words_of(line, name + ", line " + std::to_string(line.line), words);
    if (!problem)
      problem = expand(words, depth + 1);
    if (problem)
      return problem;
  }
  return {};
}

failure expander::words_of(const config_line& line, const std::string& place, std::vector<word>& to) const {
  const auto& text = line.option;
  const bool is_long = is_long_option(text);
  if (!is_long && !is_short_group(text))
    return wrong(place, "this is no option");
  to.push_back({text, place});
  const auto group = is_long ? short_group{} : look_at_group(text, table_);
  const auto* shape = is_long ? table_.find_long(long_name(text)) : group.valued;
  if (group.unknown || (is_long && !shape))
    return {}; // expand() tells that it is unknown
  // Of a group, what is in front of an attached value; the last option of it is the one that takes the value.
  const auto words = is_long ? "--" + std::string{long_name(text)} : text.substr(0, shape ? group.at + 1 : text.size());
  const auto name = is_long ? words : std::string{'-', words.back()};
  const bool attached = text.size() > words.size();
  const bool needs_value = shape && shape->takes_value && !attached;
  if (needs_value && !line.value)
    return misses_value(place, name, *shape);
  if (needs_value) {
    to.push_back({*line.value, place});
  } else if (line.value) {
    if (attached)
      return wrong(place, name + ": a value is given beside the attached one; leave one of them out");
    if (!shape || !shape->takes_optional_value)
      return takes_none(place, name);
    to.back().text += "=" + *line.value;
  }
  return {};
}

} // namespace

result_or_failure<std::vector<word>> expand_arguments(const std::vector<std::string>& words, const option_table& table,
                                                      const std::string& first_file, const config_reader& read) {
  expander all{table, read};
  const bool disabled = !words.empty() && (words.front().starts_with("-q") || words.front() == "--disable");
  if (!disabled && !first_file.empty())
    if (auto problem = all.expand_file(first_file, {}, 0))
      return problem;
  std::vector<word> given;
  for (const auto& text : words)
    given.push_back({text, {}});
  if (auto problem = all.expand(given, 0))
    return problem;
  return all.take();
}

std::string place_of(const std::string& message, const std::vector<word>& words, const option_table& table) {
  for (auto found = words.rbegin(); found != words.rend(); ++found) {
    const auto* shape = is_long_option(found->text)   ? table.find_long(long_name(found->text))
                        : is_short_group(found->text) ? look_at_group(found->text, table).valued
                                                      : nullptr;
    if (!shape || found->place.empty())
      continue;
    for (const auto& name : shape->long_names)
      if (const auto at = message.find("--" + name); at != std::string::npos) {
        const auto end = at + 2 + name.size();
        if (end == message.size() || message[end] == ':' || message[end] == ' ')
          return found->place;
      }
  }
  return {};
}

} // namespace sluice::command
