// What help, man page and shell completion are written from: the subcommands, their options and the values of these.
// Plain values; knows neither the parser that they come from nor the pages that are made of them.
#pragma once

#include <string>
#include <vector>

namespace sluice::command {

/// What a shell can propose for an option's value, apart from manual_option::words.
enum class value_kind : unsigned char {
  text,
  file,
  folder,
  text_or_file, ///< a text, or '@' and the name of a file
};

struct manual_option {
  std::vector<std::string> long_names; ///< without dashes
  std::string short_names;             ///< one letter each
  std::string value;                   ///< what the value is called, such as FILE; empty: a flag
  bool value_optional = false;         ///< and then given as --name=value only, unless:
  bool value_is_next_word = false;     ///< an optional value that may be the next word too
  std::string range;                   ///< "1 to 64"; empty: none is known
  std::string help;
  std::string group; ///< the key of an option_group; empty: in none
  bool common = false;
  value_kind kind = value_kind::text;
  std::vector<std::string> words; ///< values that a shell proposes
};

struct manual_command {
  std::string name, summary;
  std::string arguments; ///< as in a usage line: "URL..."; empty: it takes none
  std::vector<manual_option> options;
};

struct manual {
  std::string program, version, summary;
  std::vector<manual_option> options; ///< those in front of a subcommand
  std::vector<manual_command> commands;
};

/// "-o, --output FILE"
std::string names_of(const manual_option& option);
/// The help as one text with the range.
std::string description_of(const manual_option& option);
/// The help up to the first semicolon that ends a clause, for menus of shells.
std::string brief_of(const manual_option& option);
/// Each name with its dashes: "-o", "--output".
std::vector<std::string> dashed_names(const manual_option& option);
/// Null: there is no such subcommand.
const manual_command* find_command(const manual& all, const std::string& name);

} // namespace sluice::command
