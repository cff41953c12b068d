// What the options of a subcommand look like on the command line: their names, and which of them take a value.
// Knows neither what they mean nor the parser that reads them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::command {

struct option_shape {
  std::vector<std::string> long_names; ///< without dashes
  std::string short_names;             ///< one letter each
  bool takes_value = false;
  bool takes_optional_value = false; ///< a flag that may be given as --name=value
  std::string value = "VALUE";       ///< what the value is called, such as FILE
};

class option_table {
public:
  explicit option_table(std::vector<option_shape> shapes, std::string command = "get")
    : shapes_(std::move(shapes)), command_(std::move(command)) {}

  /// The subcommand.
  const std::string& command() const { return command_; }
  /// Null: there is no such option.
  const option_shape* find_long(std::string_view name) const;
  const option_shape* find_short(char letter) const;
  /// The long name that is most like it, with dashes; empty if none is.
  std::string nearest_to(std::string_view name) const;

private:
  std::vector<option_shape> shapes_;
  std::string command_;
};

/// "--name" or "--name=value", and the name in it.
bool is_long_option(std::string_view text);
std::string_view long_name(std::string_view text);

/// One dash and at least one letter: flags, and at the end an option whose value may be attached ("-fsSofile").
bool is_short_group(std::string_view text);
struct short_group {
  const option_shape* valued = nullptr; ///< the option that takes a value; null: all are flags, or one is unknown
  std::size_t at = 0;                   ///< of that option's letter, or of the unknown one
  bool unknown = false;
};
short_group look_at_group(std::string_view text, const option_table& table);

} // namespace sluice::command
