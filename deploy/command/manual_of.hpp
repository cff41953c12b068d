// Makes the manual's data of the options that the parser has.
// Knows CLI11; not what the options mean.
#pragma once

#include "manual.hpp"

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace sluice::command {

/// Of the app with its subcommands. Options whose group is empty are hidden, and are left out.
manual manual_of(const CLI::App& app);

/// What the parser calls the type of a value, such as "UINT:BYTES:UINT in [4096 - 65536]", as a person reads it.
struct value_type {
  std::string name;  ///< "BYTES"
  std::string range; ///< "4096 to 65536"; empty: none
};
value_type value_type_of(std::string_view type);

} // namespace sluice::command
