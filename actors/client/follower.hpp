// The follower: one request that follows redirects or may be sent again, exchange by exchange, until there is an
// answer. Knows the pool, which carries each exchange, and the next step; no connection and no stream.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// Only such a request has a follower; the others cost nothing more.
inline bool needs_follower(const request& wanted) { return wanted.redirects.follow || wanted.retries.attempts > 0; }

/// Spawns the follower of one request on its client's loop. It keeps the client, and so the pool `exchanges`, alive
/// while it waits to send a request again.
follower spawn_follower(loop& home, client owner, pool exchanges);

} // namespace sluice
