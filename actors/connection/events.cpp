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
    for (auto& x : told)
      act_on(x, changed);
    told.clear();
    if (told.capacity() <= kept_events) // a burst must not leave its room behind
      events = std::move(told);
  }
  for (auto index : changed)
    if (auto* x = find(index))
      deliver(*x);
}

void connection_state::act_on(engine_event& event, std::vector<std::uint32_t>& changed) {
  using kind = engine_event::kind;
  const auto index = event.index;
  if (event.what == kind::failed)
    return take_failure(index, std::move(event.more->why), event.unprocessed, event.silent, changed);
  auto* const x = find(index);
  if (event.what == kind::closed) {
    if (x)
      x->exchange->emit_trace(trace_kind::finished, [&] {
        return std::string{event.reusable ? "the connection is kept" : "the connection is closed"};
      });
    return leave_place(event.reusable);
  }
  if (event.what == kind::traced) {
    for (auto& [i, y] : entries)
      if (index == every_exchange || index == i)
        y.exchange->emit_trace(trace_kind::frame, [&] { return event.more->line; });
    return;
  }
  if (!x)
    return;
  if (event.what == kind::interim) {
    x->exchange->emit_trace(trace_kind::interim, event.more->head);
    if (event.more->head.status == 100)
      end_wait_for_continue(*x);
    return restart_silence(*x);
  }
  if (!x->has_undelivered())
    changed.push_back(index);
  if (event.what == kind::body) {
    x->input.pieces.push_back(std::move(event.data));
    restart_silence(*x);
  } else if (event.what == kind::head) {
    take_head(*x, std::move(event.more->head));
  } else {
    take_end(*x, event.more ? std::move(event.more->trailers) : http::fields{});
  }
}

void connection_state::take_head(carried& x, http::response_head&& head) {
  prove(*x.exchange);
  x.exchange->emit_trace(trace_kind::response, head);
  learn_alternatives(x, head);
  x.head_seen = true;
  x.length = http::announced_length(head.fields).value_or(0);
  end_wait_for_continue(x);                    // a 100 (Continue) will not come any more
  if (!x.upload.given && head.status >= 300) { // an error or redirect ends the upload (RFC 9112 section 9.3)
    x.upload.end();
    engine->stop_upload(x.index);
  }
  x.arriving().head = std::move(head);
  restart_silence(x);
}

void connection_state::take_end(carried& x, http::fields&& trailers) {
  end(x);
  x.arriving().ended = true;
  x.arriving().trailers = std::move(trailers);
  if (!x.upload.given)
    engine->stop_upload(x.index);
  x.upload.end(); // what is still inside does not matter any more
}

void connection_state::take_failure(std::uint32_t index, failure&& why, bool unprocessed, bool silent,
                                    std::vector<std::uint32_t>& changed) {
  leave_place(false);
  auto* x = find(index);
  if (!x)
    return;
  if (why.by == caused_by::transport && std::exchange(unproven, false))
    shared->alternatives->failed(x->exchange->where.origin());
  // An idle connection that the origin closed as we wrote to it: the request was not processed, as far as one can
  // tell, and may be sent again if doing it twice is the same as once (RFC 9110 section 9.2.2).
  const bool retry = unprocessed
                     || (silent && exchanges > 1 && why.by == caused_by::transport
                         && http::is_idempotent(x->exchange->request.method));
  if (!x->has_undelivered())
    changed.push_back(index);
  if (why.by == caused_by::transport && x->head_seen && why.code != errc::truncated_body
      && why.code != errc::tls_truncated)
    why.detail += "; the body is incomplete after "
                  + std::to_string(x->exchange->counters->snapshot().received.value + x->input.bytes()) + " bytes";
  set_failure(*x, std::move(why), retry);
}

/// An exchange has left its place; what that means for the connection is acted on in settle().
void connection_state::leave_place(bool reusable) {
  reading.reset();
  places_taken -= places_taken > 0;
  ++closed.count;
  closed.spent = closed.spent || !(reusable || (engine && engine->multiplexed()));
}

void connection_state::end(carried& x) {
  if (!std::exchange(x.over, true))
    --under_way;
}

void connection_state::set_failure(carried& x, failure&& why, bool may_be_retried) {
  end(x);
  x.upload.end();
  x.arriving().problem = std::move(why);
  x.arriving().may_be_retried = may_be_retried;
}

/// What the origin says of HTTP/3 elsewhere (RFC 7838), where TLS shows that it is the origin.
void connection_state::learn_alternatives(const carried& x, const http::response_head& head) {
  if (!x.exchange->where.secure() || !head.fields.contains("alt-svc") || head.status == 421)
    return;
  const bool known = shared->alternatives->learn(x.exchange->where.origin(), head.fields.combined("alt-svc"));
  if (known && may_use_http3(shared->config.protocol) && engine->may_be_superseded())
    self->send(owner, superseded_atom::value, number);
}

/// Hands what came to the stream, and stops the origin's sending where there is no more room.
void connection_state::deliver(carried& x) {
  if (!x.input.pieces.empty()) {
    const bool alone = !engine || !engine->multiplexed();
    auto& data = x.arriving().data;
    x.exchange->counters->received(read_space::hand_over(x.input, x.account, alone || x.worth_sharing(), data));
  }
  if (x.over)
    end_pause(x);
  else if (engine && engine->multiplexed()
           && (x.account.window().granted() == wire_bytes{} || engine->used_up(x.index)))
    pause(x);
  if (x.undelivered) {
    self->send(x.handle, std::exchange(x.undelivered, nullptr));
    tell_settled(x);
  }
}

/// What the engine's calls have changed for the connection as a whole.
void connection_state::settle() {
  take_events();
  if (!engine || retired)
    return;
  if (!engine->multiplexed() && (closed.spent || (closed.count > 0 && link->output_pending())))
    return retire();
  if (engine->ended())
    return retire();
  tell_capacity(); // before a place is told to be free: if it takes no more, the pool does not try
  if (closed.count > 0)
    idle_until = never; // counted anew
  for (; closed.count > 0; --closed.count)
    self->send(owner, freed_atom::value, number);
  watch_idle();
  arm_timer(engine->deadline());
}

} // namespace sluice
