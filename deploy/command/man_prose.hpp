// The parts of the man page that no table has: what the command is, environment, files and examples.
#pragma once

#include <span>
#include <string_view>

namespace sluice::command {

/// The day of the last change to these texts; the page's date, so that equal sources make equal pages.
inline constexpr std::string_view man_page_date = "2026-11-26";

struct man_entry {
  std::string_view name, text;
};
/// An example's name is the command; its text says what it does.
std::span<const man_entry> man_environment();
std::span<const man_entry> man_files();
std::span<const man_entry> man_examples();
std::span<const std::string_view> man_description();
/// How values are read, below the title of the options.
std::span<const std::string_view> man_values();

} // namespace sluice::command
