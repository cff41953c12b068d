// The client actor: checks requests and hands them to its pool.
// Knows no connection and no engine.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Spawns a client, which spawns its pool. Ends with its last handle.
client spawn_client_actor(loop& home, std::shared_ptr<client_shared> shared);

} // namespace sluice
