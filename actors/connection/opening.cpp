// A connection's transport: how it is opened, which engine speaks over it, and what the pool is told of it.
#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/connector.hpp>
#include <sluice/actors/connection/connection_state.hpp>
#include <sluice/actors/connection/engines.hpp>
#include <sluice/messages/errors.hpp>

#include <utility>

namespace sluice {

namespace {

using namespace std::chrono_literals;

/// For the peer's SETTINGS (RFC 9113 section 6.5.3), before it is taken for one that takes a single request.
constexpr auto capacity_wait = 1s;
/// On HTTP/1.1, where a block belongs to one body, larger pieces stay where they are.
constexpr std::size_t merged_below_bytes = 4096;

} // namespace

void connection_state::connect() {
  const auto& replaced = shared->stand_ins.connector;
  opening = replaced ? replaced(self->home()) : spawn_connector(self->home());
  watch(self, opening);
  self->request(opening, caf::infinite, begin_atom::value, waiting)
      .then([this](transport_ptr& opened) { connected(std::move(opened)); },
            [this](caf::error& why) { not_connected(failure_of(why)); });
}

void connection_state::not_connected(failure why) {
  if (!opening)
    return; // that is known already
  stop_connecting();
  if (auto failed = std::exchange(reading, std::nullopt))
    inbox.on_failure(*failed, std::move(why), false, false);
  retire();
}

/// Nobody waits for the transport any more: an attempt that is under way ends now, and its sockets with it.
void connection_state::stop_connecting() {
  if (const auto connecting = std::exchange(opening, nullptr)) {
    unwatch(self, connecting.address());
    caf::anon_send_exit(connecting, caf::exit_reason::user_shutdown);
  }
}

void connection_state::connected(transport_ptr opened) {
  if (retired || !opening)
    return opened->close();
  stop_connecting();
  link = std::move(opened);
  shared->connections_opened.fetch_add(1, std::memory_order_relaxed);
  shared->connections_open.fetch_add(1, std::memory_order_relaxed);
  counted_open = true;
  connect_round_trip = link->round_trip();
  const auto first = *std::exchange(reading, std::nullopt);
  waiting = nullptr;
  auto made = make_engine(*link, shared->config, inbox);
  if (!made) {
    inbox.on_failure(first, failure{made.error()}, false, false);
    return retire();
  }
  engine = *std::move(made);
  inbox.expect(engine->body_in_place(), engine->multiplexed() ? SIZE_MAX : merged_below_bytes);
  unproven = !engine->handshake_over();
  if (!unproven)
    share();
  capacity_at = clock::now() + capacity_wait;
  if (!engine->capacity_known())
    arm_timer(capacity_at);
  tell_capacity();
  dispatch(first);
}

/// What else the connection may be used for.
void connection_state::share() {
  if (const auto security = link->security(); engine->multiplexed() && security && shared->config.tls.verify)
    self->send(owner, shares_atom::value, number, link->peer_address(), security->peer_names);
}

/// An answer shows that the handshake is over, which the requests did not wait for.
void connection_state::prove(const exchange& exchange) {
  if (!std::exchange(unproven, false))
    return;
  shared->alternatives->worked(exchange.where.origin());
  tell_secured(exchange, *link);
  share();
}

/// A peer that has not said yet how much it takes (SETTINGS) is given a moment to: meanwhile other requests wait for
/// it, instead of opening a connection each.
void connection_state::tell_capacity() {
  const auto now = engine->capacity();
  if (now > 0 && !engine->capacity_known() && clock::now() < capacity_at)
    return;
  if (now != told_capacity) {
    told_capacity = now;
    self->send(owner, capacity_atom::value, number, static_cast<std::uint64_t>(now));
  }
}

/// A connection that nobody is interested in is closed after a while: soon, if what was given up keeps its places,
/// because an origin does not send its rest or takes no reset.
void connection_state::watch_idle() {
  if (under_way > 0 || retired || idle_until != never)
    return;
  idle_until = clock::now() + (places_taken > 0 ? shared->config.drain_timeout : shared->config.idle_timeout);
  arm_timer(idle_until);
}

} // namespace sluice
