// Whether HTTP/3 is tried for one exchange, where, and how long its handshake may take.
// Decisions about values; opens nothing and waits for nothing.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/protocols/http/alternatives.hpp>
#include <sluice/protocols/quic/limits.hpp>

#include <optional>
#include <string>

namespace sluice {

struct http3_plan {
  std::optional<http::alternative> at; ///< unset: QUIC is not tried. An empty host: where TCP goes, too
  std::string reason;                  ///< for the observer; empty: there was no choice
  failure problem;                     ///< the client may use HTTP/3 only, and the URL has none
};

/// HTTP/3 is tried where the origin announced it (RFC 7838) or the client's configuration wants it, and for https URLs
/// only. Not for a while after it failed, unless the configuration allows nothing else, and not over Unix sockets.
http3_plan plan_http3(const exchange& wanted);

/// The client's limits for QUIC, as this exchange needs them: only a first attempt at a safe request without a body is
/// sent before the handshake is over (RFC 8470 section 4). Such an early request is given up sooner where TCP can be
/// tried instead.
quic::limits quic_limits_of(const exchange& wanted);

} // namespace sluice
