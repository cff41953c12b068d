// The man page sluice(1), in roff. A pure function of the manual's data.
// Knows neither the parser of options nor where the page is installed.
#pragma once

#include "manual.hpp"

#include <string>

namespace sluice::command {

std::string man_page(const manual& all);

} // namespace sluice::command
