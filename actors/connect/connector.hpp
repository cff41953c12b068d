// The connector: opens one transport to an origin and dies. Resolves the name, races its addresses (RFC 8305) and QUIC
// against TCP.
// Lives on one loop; knows of HTTP only which versions are wanted.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/io/transport.hpp>

namespace sluice {

/// Dies when it has answered `begin`, with who asked, or at an exit message; then at once nothing of it is left on the
/// loop, no socket and no attempt. Each attempt and each lookup has an end of its own, whatever the request's deadline.
connector spawn_connector(loop& home);

/// What the handshake of `link` agreed on, for the observer.
void tell_secured(const exchange& exchange, const transport& link);

} // namespace sluice
