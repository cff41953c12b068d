#include "config_file.hpp"

#include <algorithm>
#include <utility>

namespace sluice::command {

namespace {

constexpr std::string_view blanks = " \t\r\v\f";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

void skip_blanks(std::string_view& rest) { rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size())); }

bool separates(char c) { return c == '=' || c == ':'; }

/// Takes the '=' or ':' after a name with dashes off the front. curl takes it for the value, which it can be only where
/// it begins one: `--user :password`, `-o =file`.
void skip_separator(std::string_view& rest) {
  const bool at_name = !rest.empty() && separates(rest.front());
  skip_blanks(rest);
  const bool by_itself = !rest.empty() && separates(rest.front()) && (rest.size() == 1 || is_blank(rest[1]));
  if (at_name || by_itself) {
    rest.remove_prefix(1);
    skip_blanks(rest);
  }
}

/// Takes the option's name off the front of `rest`, and what separates it from a value.
std::string take_option(std::string_view& rest) {
  const bool dashed = rest.front() == '-', is_short = dashed && !rest.starts_with("--");
  std::size_t size = 0;
  while (size < rest.size() && !is_blank(rest[size]) && (is_short || !separates(rest[size])))
    ++size;
  auto name = (dashed ? "" : "--") + std::string{rest.substr(0, size)};
  rest.remove_prefix(size);
  if (dashed)
    skip_separator(rest);
  while (!dashed && !rest.empty() && (is_blank(rest.front()) || separates(rest.front())))
    rest.remove_prefix(1);
  return name;
}

/// Takes a value in quotes off the front. Nothing: it is not closed.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string result;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    char c = rest[i];
    if (c == '"') {
      rest.remove_prefix(i + 1);
      return result;
    }
    if (c == '\\' && i + 1 < rest.size()) {
      c = rest[++i];
      constexpr std::string_view letters = "tnrv", meanings = "\t\n\r\v";
      if (const auto found = letters.find(c); found != std::string_view::npos)
        c = meanings[found];
    }
    result += c;
  }
  return std::nullopt;
}

std::string take_unquoted(std::string_view& rest) {
  const auto size = std::min(rest.find_first_of(blanks), rest.size());
  std::string result{rest.substr(0, size)};
  rest.remove_prefix(size);
  return result;
}

/// What is wrong with a line that is neither empty nor a comment; empty: nothing, and `to` is set.
std::string parse_line(std::string_view rest, config_line& to) {
  to.option = take_option(rest);
  if (to.option == "--")
    return "has no option's name before its '=' or ':'";
  if (rest.empty() || rest.front() == '#')
    return {};
  const bool quoted = rest.front() == '"';
  to.value = quoted ? take_quoted(rest) : take_unquoted(rest);
  if (!to.value)
    return "has a '\"' without another one that closes it; write \\\" for one within a value";
  skip_blanks(rest);
  if (!rest.empty() && rest.front() != '#')
    return quoted ? "has something after the closing quote" : "has blanks in its value; put the value in double quotes";
  return {};
}

} // namespace

result_or_failure<std::vector<config_line>> parse_config(std::string_view text, const std::string& file) {
  std::vector<config_line> result;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number == 1 && rest.starts_with("\xEF\xBB\xBF")) // a byte order mark, which editors write
      rest.remove_prefix(3);
    skip_blanks(rest);
    if (rest.empty() || std::string_view{"#/*"}.find(rest.front()) != std::string_view::npos)
      continue;
    config_line line;
    line.line = number;
    auto problem = rest.find('\0') == std::string_view::npos ? parse_line(rest, line) : "has a NUL byte: it is no text";
    if (!problem.empty())
      return failure{errc::invalid_configuration, caused_by::local,
                     file + ", line " + std::to_string(number) + " " + problem};
    result.push_back(std::move(line));
  }
  return result;
}

std::string startup_file(const std::function<std::string(const char* name)>& environment,
                         const std::function<bool(const std::string& path)>& exists) {
  const std::pair<const char*, const char*> places[] = {
      {"SLUICE_HOME", "/.sluicerc"}, {"XDG_CONFIG_HOME", "/sluicerc"}, {"HOME", "/.sluicerc"}};
  for (const auto& [variable, name] : places)
    if (const auto folder = environment(variable); !folder.empty() && exists(folder + name))
      return folder + name;
  return {};
}

} // namespace sluice::command
