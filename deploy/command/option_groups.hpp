// What the parser does not know of options: their groups by use, which of a group are used most, and values that a
// shell can propose. Options are known by their first long name; a name of none of the subcommands does no harm.
#pragma once

#include "manual.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

struct option_group {
  std::string_view key, title;
  std::vector<std::string_view> common, others;
};

/// In the order in which help and manual have them.
const std::vector<option_group>& option_groups();
/// Options that are in no group are shown under this, last.
inline constexpr std::string_view title_of_ungrouped = "Other";

/// Sets the group, `common`, and what a shell proposes for the value.
void add_group_and_values(manual_option& option);

} // namespace sluice::command
