#include "option_table.hpp"

#include "nearest.hpp"

#include <algorithm>

namespace sluice::command {

const option_shape* option_table::find_long(std::string_view name) const {
  for (const auto& shape : shapes_)
    if (std::find(shape.long_names.begin(), shape.long_names.end(), name) != shape.long_names.end())
      return &shape;
  return nullptr;
}

const option_shape* option_table::find_short(char letter) const {
  for (const auto& shape : shapes_)
    if (shape.short_names.find(letter) != std::string::npos)
      return &shape;
  return nullptr;
}

std::string option_table::nearest_to(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& shape : shapes_)
    names.insert(names.end(), shape.long_names.begin(), shape.long_names.end());
  const auto found = nearest(name, names);
  return found.empty() ? found : "--" + found;
}

bool is_long_option(std::string_view text) { return text.size() > 2 && text.starts_with("--"); }

std::string_view long_name(std::string_view text) { return text.substr(2, text.find('=') - 2); }

bool is_short_group(std::string_view text) { return text.size() > 1 && text[0] == '-' && text[1] != '-'; }

short_group look_at_group(std::string_view text, const option_table& table) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const auto* shape = table.find_short(text[i]);
    if (!shape || shape->takes_value)
      return {shape, i, shape == nullptr};
  }
  return {};
}

} // namespace sluice::command
