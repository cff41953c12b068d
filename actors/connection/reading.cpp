// A connection's input: turns of reading, and the credit that keeps it going.
#include <sluice/actors/connection/connection_state.hpp>

#include <sluice/protocols/flow/tuner.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

// ---- turns ------------------------------------------------------------------------------------------

/// Reads for one turn, then lets messages through before the next. Where exchanges do not share the transport, stops
/// while the one under way has no room.
void connection_state::read_turn() {
  if (!link || !engine || waiting_for_input || turn_posted)
    return;
  auto* gate = reading ? find(*reading) : nullptr;
  if (gate && gate->account.full()) {
    link->rest();
    return pause(*gate);
  }
  auto room = inbox.space().room(inbox.blocks());
  if (gate)
    room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), gate->account.room().value)));
  const bool more = link->receive(*engine, room, clock::now());
  if (more)
    take_events();
  if (link->answers(more)) {
    push_output();
    if (!link)
      return;
  }
  if (!more || link->drained())
    return wait_for_input();
  turn_posted = true;
  asio::post(self->home().io(), self->bind([this] {
    turn_posted = false;
    read_turn();
  }));
}

void connection_state::wait_for_input() {
  if (entries.empty())
    inbox.space().let_go(); // an idle connection holds no memory
  gather();
  waiting_for_input = true;
  const auto go_on = [this](const std::error_code&) { // with an error it has another socket now, or says what is wrong
    waiting_for_input = false;
    read_turn();
  };
  if (const auto lull = link->lull(); lull.count() > 0) {
    lull_timer.expires_after(lull);
    return lull_timer.async_wait(self->bind(go_on));
  }
  link->wait_readable(self->bind(go_on));
}

/// A body that flows fast, with much of it still to come, is waited for until a large piece is there.
void connection_state::gather() {
  const auto* gate = reading ? find(*reading) : nullptr;
  link->set_low_water(gate ? bulk.next_wait(gate->account.window().size(),
                                            gate->exchange->counters->snapshot().received.value, gate->length)
                           : bulk.next_wait());
  if (bulk.gathering() && !std::exchange(bulk_timed, true))
    watch_bulk();
}

void connection_state::watch_bulk() {
  bulk.watch();
  bulk_timer.expires_after(flow::bulk::patience);
  bulk_timer.async_wait(self->bind([this](const std::error_code& code) {
    if (!code && bulk.gathering() && link && bulk.moved())
      return watch_bulk();
    bulk_timed = false;
    if (code || !bulk.gathering() || !link)
      return;
    link->set_low_water(1);
    if (auto* gate = reading ? find(*reading) : nullptr)
      bulk.flows_slower(gate->account.window().size(), gate->exchange->counters->snapshot().received.value);
  }));
}

// ---- credit -----------------------------------------------------------------------------------------

void connection_state::release(std::uint32_t index, std::uint64_t bytes, bool by_reader) {
  auto* entry = find(index);
  if (!entry)
    return; // its end was settled already
  if (by_reader)
    entry->exchange->counters->credit_handled();
  if (entry->over || !engine) {
    entry->exchange->counters->released(entry->account.let_go(wire_bytes{bytes}).value);
    return tell_settled(*entry);
  }
  const auto round_trip = flow::path_round_trip(engine->round_trip(), connect_round_trip);
  const auto result = entry->account.release(wire_bytes{bytes}, clock::now().time_since_epoch(), round_trip);
  entry->exchange->counters->released(result.released.value);
  if (result.grant > wire_bytes{}) {
    engine->grant(index, result.grant);
    resume(*entry);
    push_later();
  } else if (result.resume && entry->paused) {
    resume(*entry);
    read_turn();
  }
}

/// The stream may end: its body is over, all of it was delivered, and nothing of it is outstanding.
void connection_state::tell_settled(const carried& entry) {
  if (entry.over && !entry.has_undelivered() && entry.account.outstanding() == wire_bytes{})
    self->send(entry.handle, settled_atom::value);
}

void connection_state::pause(carried& entry) {
  if (std::exchange(entry.paused, true))
    return;
  entry.exchange->counters->paused();
  entry.exchange->emit_trace(trace_kind::paused, [&] {
    return "the reader holds " + std::to_string(entry.account.outstanding().value) + " of "
           + std::to_string(entry.account.window().size().value) + " bytes";
  });
  self->send(owner, stalled_atom::value, number);
}

void connection_state::end_pause(carried& entry) {
  if (!std::exchange(entry.paused, false))
    return;
  entry.exchange->counters->resumed();
  self->send(owner, flowing_atom::value, number);
}

void connection_state::resume(carried& entry) {
  if (!entry.paused)
    return;
  entry.exchange->emit_trace(trace_kind::resumed, [&] {
    return "the reader holds " + std::to_string(entry.account.outstanding().value) + " bytes";
  });
  end_pause(entry);
  restart_silence(entry); // silence counts from the moment bytes are invited again
}

} // namespace sluice
