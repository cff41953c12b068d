// The connector: opens one transport to an origin and dies. Name resolution runs off the loop.
// Knows no HTTP.
#pragma once

#include <sluice/actors/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

connector spawn_connector(loop& home);

} // namespace sluice
