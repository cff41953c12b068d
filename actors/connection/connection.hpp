// The connection: one transport, one protocol engine, and every decision to pause or resume reading.
// Knows readers only by the credit that they send.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Spawns a connection for the origin of the first exchange it is given. `number` is its name in `owner`.
connection spawn_connection(loop& home, pool owner, std::uint64_t number, std::shared_ptr<client_shared> shared);

} // namespace sluice
