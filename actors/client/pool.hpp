// The pool: which connection carries which request, within the limits of an origin.
// Knows connections only by number and by what they say they can do.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Spawns the pool of one client; it ends after that client, `user`, once its connections are done.
pool spawn_pool(loop& home, caf::actor_addr user, std::shared_ptr<client_shared> shared);

} // namespace sluice
