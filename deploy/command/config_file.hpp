// Parses configuration files in curl's syntax (-K): one option a line, with its value. Knows neither which options
// there are nor which of them take a value: arguments.hpp looks at that.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

struct config_line {
  std::string option; ///< with its dashes: "--output", "-o", "-fsS"
  std::optional<std::string> value;
  std::size_t line = 0; ///< counted from 1
};

/// The options of a file, in order.
/// - A name without dashes is a long one: `output`. A long name may end at '=' or ':', with blanks around; a short one
///   ends at a blank. An '=' or ':' between blanks is no value.
/// - A value in double quotes has the escapes \\ \" \t \n \r \v; a backslash before any other character is left out.
///   Without quotes it ends at a blank, and only a comment may follow.
/// - A line that begins with '#', '/' or '*' is a comment.
/// errc::invalid_configuration: names `file` and the line; repeats no value.
result_or_failure<std::vector<config_line>> parse_config(std::string_view text, const std::string& file);

/// The first that exists of the files that are read without being named: .sluicerc in $SLUICE_HOME, sluicerc in
/// $XDG_CONFIG_HOME, .sluicerc in $HOME; empty: none does. `environment` gives a variable, empty where it is not set.
std::string startup_file(const std::function<std::string(const char* name)>& environment,
                         const std::function<bool(const std::string& path)>& exists);

} // namespace sluice::command
