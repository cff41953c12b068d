// The options of curl that `sluice get` does not have, and why: those rows of docs/FROM_CURL.md, with which
// tests/command/from_curl compares them. Knows no option of ours.
#pragma once

#include <string>
#include <string_view>

namespace sluice::command {

/// A sentence about that option, "-x" or "--proxy". Empty: curl does not have it either, or sluice has it too.
std::string why_left_out(std::string_view name);
/// One option a line: its names with commas between, a tab, the reason.
std::string left_out_listing();

} // namespace sluice::command
