// Finds the name that a mistyped one was probably meant to be. Works on any list of names.
// Knows neither options nor where the names come from.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::command {

/// Damerau-Levenshtein distance in its optimal string alignment form: how many insertions, deletions, replacements and
/// exchanges of two neighbouring bytes make `to` of `from`, where no part is edited twice.
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The name with the least distance from `word`; among equals the first. Empty: none is near enough, which means at
/// most a third of the longer one's length, rounded up. Words and names longer than 64 bytes are near to nothing.
std::string nearest(std::string_view word, std::span<const std::string> names);

} // namespace sluice::command
