// Makes the attempts that an address race runs: over QUIC, over TCP or to a Unix socket, or a test's stand-ins for
// them. Knows neither names nor which race is won.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/connect/address_race.hpp>
#include <sluice/actors/io/local_binding.hpp>
#include <sluice/actors/io/loop.hpp>

#include <asio.hpp>

#include <cstdint>
#include <memory>

namespace sluice {

/// What all attempts of one connector have in common.
struct attempt_context {
  exchange_ptr exchange;
  loop& home;
  handler_binder bind;
  std::shared_ptr<const local_binding> from; ///< null: any local end
};

/// Fails if the client's QUIC context cannot be made.
result_or_failure<address_race::maker> quic_attempts(const attempt_context& context, std::uint16_t port);
address_race::maker tcp_attempts(const attempt_context& context, std::uint16_t port);
/// To that socket, whatever the address is.
address_race::maker unix_attempts(const attempt_context& context, const asio::local::stream_protocol::endpoint& to);

dns::race_limits race_limits_of(const client_config& config);

} // namespace sluice
