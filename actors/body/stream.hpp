// The stream: one exchange, from its request's dispatch until its last byte is settled.
// Knows no engine and no socket; wire bytes come from its connection, demand from its reader.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Spawns a stream on its connection's loop. `retry_pool` takes the exchange back when it may be sent again.
stream spawn_stream(loop& home, connection parent, std::uint32_t index, pool retry_pool);

} // namespace sluice
