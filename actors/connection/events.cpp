// What a connection's engine told becomes arrivals for the streams, and what it means for the connection as a whole.
#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connection/connection_state.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/http/compose.hpp>

#include <utility>

namespace sluice {

namespace {
constexpr std::uint32_t every_exchange = UINT32_MAX; // an engine's trace about no stream
constexpr std::size_t kept_events = 256;             // room for so many is kept from one turn to the next
} // namespace

void connection_state::take_events() {
  if (inbox.empty())
    return;
  std::vector<std::uint32_t> changed;
  while (!inbox.empty()) {
    auto told = inbox.take(std::move(events));
    for (auto& event : told)
      act_on(event, changed);
    told.clear();
    if (told.capacity() <= kept_events) // a burst must not leave its room behind
      events = std::move(told);
  }
  for (auto index : changed)
    if (auto* entry = find(index))
      deliver(*entry);
}

void connection_state::act_on(engine_event& event, std::vector<std::uint32_t>& changed) {
  using type = engine_event::type;
  const auto index = event.index;
  if (event.kind == type::failed)
    return take_failure(index, std::move(event.more->why), event.unprocessed, event.silent, changed);
  auto* const entry = find(index);
  if (event.kind == type::closed) {
    if (entry)
      entry->exchange->emit_trace(trace_kind::finished, [&] {
        return std::string{event.reusable ? "the connection is kept" : "the connection is closed"};
      });
    return leave_place(event.reusable);
  }
  if (event.kind == type::traced) {
    for (auto& [i, target] : entries)
      if (index == every_exchange || index == i)
        target.exchange->emit_trace(trace_kind::frame, [&] { return event.more->line; });
    return;
  }
  if (!entry)
    return;
  if (event.kind == type::interim) {
    entry->exchange->emit_trace(trace_kind::interim, event.more->head);
    if (event.more->head.status == 100)
      end_wait_for_continue(*entry);
    return restart_silence(*entry);
  }
  if (!entry->has_undelivered())
    changed.push_back(index);
  if (event.kind == type::body) {
    entry->input.pieces.push_back(std::move(event.data));
    restart_silence(*entry);
  } else if (event.kind == type::head) {
    take_head(*entry, std::move(event.more->head));
  } else {
    take_end(*entry, event.more ? std::move(event.more->trailers) : http::fields{});
  }
}

void connection_state::take_head(carried& entry, http::response_head&& head) {
  prove(*entry.exchange);
  entry.exchange->emit_trace(trace_kind::response, head);
  learn_alternatives(entry, head);
  entry.head_seen = true;
  entry.length = http::announced_length(head.fields).value_or(0);
  end_wait_for_continue(entry);                    // a 100 (Continue) will not come any more
  if (!entry.upload.given && head.status >= 300) { // an error or redirect ends the upload (RFC 9112 section 9.5)
    entry.upload.end();
    engine->stop_upload(entry.index);
  }
  entry.arriving().head = std::move(head);
  restart_silence(entry);
}

void connection_state::take_end(carried& entry, http::fields&& trailers) {
  end(entry);
  entry.arriving().ended = true;
  entry.arriving().trailers = std::move(trailers);
  if (!entry.upload.given)
    engine->stop_upload(entry.index);
  entry.upload.end(); // what is still inside does not matter any more
}

void connection_state::take_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent,
                                    std::vector<std::uint32_t>& changed) {
  leave_place(false);
  auto* entry = find(index);
  if (!entry)
    return;
  if (why.by == caused_by::transport && std::exchange(unproven, false))
    shared->alternatives->failed(entry->exchange->where.origin());
  // An idle connection that the origin closed as we wrote to it: the request was not processed, as far as one can
  // tell, and may be sent again if doing it twice is the same as once (RFC 9110 section 9.2.2).
  const bool retry = unprocessed
                     || (silent && exchanges > 1 && why.by == caused_by::transport
                         && http::is_idempotent(entry->exchange->request.method));
  if (!entry->has_undelivered())
    changed.push_back(index);
  if (why.by == caused_by::transport && entry->head_seen && why.code != errc::truncated_body
      && why.code != errc::tls_truncated)
    why.detail += "; the body is incomplete after "
                  + std::to_string(entry->exchange->counters->snapshot().received.value + entry->input.bytes())
                  + " bytes";
  set_failure(*entry, std::move(why), retry);
}

/// An exchange has left its place; what that means for the connection is acted on in settle().
void connection_state::leave_place(bool reusable) {
  reading.reset();
  places_taken -= places_taken > 0;
  ++places_left.count;
  places_left.transport_spent = places_left.transport_spent || !(reusable || (engine && engine->multiplexed()));
}

void connection_state::end(carried& entry) {
  if (!std::exchange(entry.over, true))
    --under_way;
}

void connection_state::set_failure(carried& entry, failure&& why, bool may_be_retried) {
  end(entry);
  entry.upload.end();
  entry.arriving().problem = std::move(why);
  entry.arriving().may_be_retried = may_be_retried;
}

/// What the origin says of HTTP/3 elsewhere (RFC 7838), where TLS shows that it is the origin.
void connection_state::learn_alternatives(const carried& entry, const http::response_head& head) {
  if (!entry.exchange->where.secure() || !head.fields.contains("alt-svc") || head.status == 421)
    return;
  const bool known = shared->alternatives->learn(entry.exchange->where.origin(), head.fields.combined("alt-svc"));
  if (known && may_use_http3(shared->config.protocol) && engine->may_be_superseded())
    self->send(owner, superseded_atom::value, number);
}

/// Hands what came to the stream, and stops the origin's sending where there is no more room.
void connection_state::deliver(carried& entry) {
  if (!entry.input.pieces.empty()) {
    const bool alone = !engine || !engine->multiplexed();
    auto& data = entry.arriving().data;
    entry.exchange->counters->received(
        read_space::hand_over(entry.input, entry.account, alone || entry.worth_sharing(), data));
  }
  if (entry.over)
    end_pause(entry);
  else if (engine && engine->multiplexed()
           && (entry.account.window().granted() == wire_bytes{} || engine->used_up(entry.index)))
    pause(entry);
  if (entry.undelivered) {
    self->send(entry.handle, std::exchange(entry.undelivered, nullptr));
    tell_settled(entry);
  }
}

/// What the engine's calls have changed for the connection as a whole.
void connection_state::settle() {
  take_events();
  if (!engine || retired)
    return;
  if (!engine->multiplexed() && (places_left.transport_spent || (places_left.count > 0 && link->output_pending())))
    return retire();
  if (engine->ended())
    return retire();
  tell_capacity(); // before a place is told to be free: if it takes no more, the pool does not try
  if (places_left.count > 0)
    idle_until = never; // counted anew
  for (; places_left.count > 0; --places_left.count)
    self->send(owner, freed_atom::value, number);
  watch_idle();
  arm_timer(engine->deadline());
}

} // namespace sluice
