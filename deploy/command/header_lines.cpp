#include "header_lines.hpp"

#include "input_file.hpp"

#include <cstddef>
#include <sstream>
#include <utility>

namespace sluice::command {

result_or_failure<std::vector<header_line>> read_header_lines(const std::vector<std::string>& values) {
  std::vector<header_line> result;
  for (const auto& value : values) {
    if (!value.starts_with('@')) {
      result.push_back({value});
      continue;
    }
    const auto path = value.substr(1);
    const auto text = read_input("-H", path);
    if (!text)
      return text.error();
    std::istringstream lines{*text};
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.ends_with('\r'))
        line.pop_back();
      if (!line.empty())
        result.push_back({std::move(line), "-H: '" + path + "', line " + std::to_string(number)});
    }
  }
  return result;
}

} // namespace sluice::command
