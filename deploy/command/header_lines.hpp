// The values of -H: header lines, and files of them. Knows no field by name; request.cpp reads the lines.
// Reads each file once, so that standard input serves several transfers.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <string>
#include <vector>

namespace sluice::command {

/// A line as it was written, without its end, and where: "-H", or "-H: 'FILE', line 3".
struct header_line {
  std::string text;
  std::string where = "-H";
};

/// Each value is a line, or '@' and a file whose lines are taken, "@-" for standard input; empty lines are left out.
/// errc::invalid_configuration: a file cannot be read.
result_or_failure<std::vector<header_line>> read_header_lines(const std::vector<std::string>& values);

} // namespace sluice::command
