#include <sluice/actors/connect/attempt_makers.hpp>

#include <sluice/actors/connect/address_book.hpp>
#include <sluice/actors/connect/destination.hpp>
#include <sluice/actors/connect/http3_plan.hpp>
#include <sluice/actors/connect/quic_attempt.hpp>
#include <sluice/actors/connect/tcp_attempt.hpp>

namespace sluice {

namespace {

/// Null: there are none.
address_race::maker stand_ins_of(const attempt_context& context, bool quic) {
  const auto& make = context.exchange->shared->stand_ins.attempt;
  if (!make)
    return nullptr;
  return [make, quic](const asio::ip::address& address) { return make(quic, address.to_string()); };
}

} // namespace

result_or_failure<address_race::maker> quic_attempts(const attempt_context& context, std::uint16_t port) {
  if (auto make = stand_ins_of(context, true))
    return make;
  const auto quic = context.exchange->shared->quic();
  if (!quic)
    return quic.error();
  return address_race::maker{[context, port, quic = *quic](const asio::ip::address& address) {
    return std::make_shared<quic_attempt>(context.exchange, to_address({address, port}), *quic,
                                          quic_limits_of(*context.exchange), context.from, context.home, context.bind);
  }};
}

address_race::maker tcp_attempts(const attempt_context& context, std::uint16_t port) {
  if (auto make = stand_ins_of(context, false))
    return make;
  return [context, port](const asio::ip::address& address) {
    return std::make_shared<tcp_attempt>(context.exchange, asio::ip::tcp::endpoint{address, port}, context.from,
                                         context.home, context.bind);
  };
}

address_race::maker unix_attempts(const attempt_context& context, const asio::local::stream_protocol::endpoint& to) {
  if (auto make = stand_ins_of(context, false))
    return make;
  return [context, to](const asio::ip::address&) {
    return std::make_shared<tcp_attempt>(
        context.exchange, to, unix_socket_text(context.exchange->shared->names->given()), context.home, context.bind);
  };
}

dns::race_limits race_limits_of(const client_config& config) {
  return {config.connection_attempt_delay, config.connection_attempt_timeout, config.connection_attempts};
}

} // namespace sluice
