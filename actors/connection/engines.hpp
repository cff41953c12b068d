// Which protocol engine a connection gets: the transport's own, or the one that ALPN and the configuration ask for.
// The only part of a connection that names engines; knows no actor.
#pragma once

#include <sluice/actors/client_config.hpp>
#include <sluice/actors/io/transport.hpp>

#include <memory>

namespace sluice {

/// The engine tells `events`, which outlive it. errc::unsupported_protocol: the origin did not agree on what is asked
/// for. errc::invalid_request: HTTP/2 was to be agreed on by ALPN, and there is no TLS.
result_or_failure<std::unique_ptr<http::engine>> make_engine(transport& link, const client_config& config,
                                                             http::engine_events& events);

} // namespace sluice
