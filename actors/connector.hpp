// The connector: opens one transport to an origin and dies. Name resolution runs off the loop.
// Knows no HTTP.
#pragma once

#include <sluice/actors/exchange.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/io/transport.hpp>

namespace sluice {

connector spawn_connector(loop& home);

/// What the handshake of `link` agreed on, for the observer.
void tell_secured(const exchange& what, const transport& link);

} // namespace sluice
