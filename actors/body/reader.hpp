// The body reader: lends pieces to its consumer, reads ahead within bounds, and sends credit for what was consumed.
// Knows its stream and its connection only as handles.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Spawns the reader of one body on `home`, beside its stream.
local_reader spawn_reader(loop& home, stream source, connection credit_to, std::uint32_t index, exchange_ptr exchange);

} // namespace sluice
