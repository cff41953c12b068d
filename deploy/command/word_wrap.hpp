// Breaks a text into lines at its blanks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// Lines of at most `width` bytes, without blanks at their ends; a longer word has a line of its own. No text: no line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

} // namespace sluice::command
