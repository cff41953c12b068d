// The life of a pool: connections that come and go, and its end.
#include <sluice/actors/client/pool_state.hpp>

#include <sluice/messages/errors.hpp>

#include <algorithm>

namespace sluice {

pool_state::pool_state(self_type* self_pointer)
  : self(self_pointer), deadline_timer(self->home().io()), relief_timer(self->home().io()) {}

pool_state::~pool_state() {
  try {
    for (auto& [key, origin] : origins)
      for (auto& request : origin.waiting)
        request.promise.deliver(
            make_error({errc::internal, caused_by::local,
                        "the connection pool of the client ended before the request got a connection"}));
  } catch (...) { // no memory: whoever monitors the client is told
  }
}

pool_state::member* pool_state::find(std::uint64_t number) {
  auto i = members.find(number);
  return i == members.end() ? nullptr : &i->second;
}

void pool_state::set_capacity(std::uint64_t number, std::size_t exchanges) {
  update(number, [&](member& changed) {
    auto& origin = origins[changed.origin];
    changed.capacity = exchanges;
    if (exchanges > 0)
      origin.expected = exchanges;
    if (!std::exchange(changed.known, true))
      --origin.connecting;
  });
}

void pool_state::set_shared_names(std::uint64_t number, std::string&& address, std::vector<std::string>&& certified) {
  if (auto* found = find(number)) {
    found->address = std::move(address);
    found->names = std::move(certified);
  }
}

bool pool_state::unused(const std::pair<const std::string, origin_state>& entry) {
  return entry.second.members.empty() && entry.second.waiting.empty() && !entry.second.looking;
}

void pool_state::retired(const std::uint64_t number) {
  auto* ended = find(number);
  if (!ended)
    return;
  const auto handle = ended->handle;
  const auto key = ended->origin;
  const bool was_shared = !ended->names.empty();
  auto& origin = origins[key];
  origin.active -= ended->active();
  origin.connecting -= !ended->known;
  std::erase(origin.members, number);
  members.erase(number);
  self->send(handle, forget_atom::value);
  serve(origin);
  if (waiting > 0) // the limit may be the one of all origins together
    for (auto& [other, state] : origins)
      serve(state);
  if (was_shared) // other origins may have had this connection only
    std::erase_if(origins, unused);
  else if (auto i = origins.find(key); unused(*i))
    origins.erase(i);
  quit_if_done();
}

/// No further request can come: idle connections end now, the others when they are done.
void pool_state::client_ended() {
  client_gone = true;
  for (auto& [number, current] : members)
    if (current.idle())
      self->send(current.handle, forget_atom::value);
  quit_if_done();
}

void pool_state::quit_if_done() {
  if (client_gone && members.empty() && waiting == 0)
    self->quit();
}

client_stats pool_state::figures() const {
  client_stats result;
  result.flow = shared->totals->snapshot();
  result.requests = shared->requests;
  result.connections_opened = shared->connections_opened;
  result.connections_open = shared->connections_open;
  result.retries = shared->retries;
  result.retries_withheld = shared->retries_withheld;
  result.requests_waiting = waiting;
  result.origins = origins.size();
  for (const auto& [number, current] : members)
    result.connections_idle += current.idle();
  return result;
}

// ---- the actor --------------------------------------------------------------------------------------

namespace {

using member = pool_state::member;

pool::behavior_type run_pool(pool_state::self_type* self, const caf::actor_addr& user,
                             const std::shared_ptr<client_shared>& shared) {
  auto* const state = &state_of(self);
  state->shared = shared;
  state->names.emplace(self->home().io(), shared->names);
  quiet(self, [state](const failure& why) { state->fail_waiting(why); });
  if (!watch(self, user))
    state->client_ended();
  on_down(self, [state, user](const caf::actor_addr& whom, const caf::error&) {
    if (whom == user)
      return state->client_ended();
    if (state->owners.contains(whom))
      return state->owner_down(whom);
    // A connection that ended without saying so (by an exception, for example): no request may be sent to it any more.
    for (const auto& [number, current] : state->members)
      if (current.handle.address() == whom)
        return state->retired(number);
  });
  self->set_exit_handler([self, state](caf::exit_msg& message) {
    state->fail_waiting({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(message.reason);
  });
  const auto new_promise = [self] { return self->make_response_promise<response>(); };
  return {
      [state, new_promise](fetch_atom, const exchange_ptr& exchange) -> caf::result<response> {
        auto answer = new_promise();
        state->fetch(answer, exchange);
        return answer;
      },
      [state, new_promise](retry_atom, const exchange_ptr& exchange) -> caf::result<response> {
        auto answer = new_promise();
        if (exchange->starved) {
          state->fetch_starved(answer, exchange);
        } else {
          state->shared->retries.fetch_add(1, std::memory_order_relaxed);
          state->fetch(answer, exchange);
        }
        return answer;
      },
      [state](shares_atom, std::uint64_t number, std::string& address, std::vector<std::string>& certified) {
        state->set_shared_names(number, std::move(address), std::move(certified));
      },
      [state](capacity_atom, std::uint64_t number, std::uint64_t exchanges) { state->set_capacity(number, exchanges); },
      [state](freed_atom, std::uint64_t number) {
        state->update(number, [](member& changed) { changed.in_use -= changed.in_use > 0; });
      },
      [state](stalled_atom, std::uint64_t number) {
        state->update(number, [](member& changed) { ++changed.stalled; });
      },
      [state](flowing_atom, std::uint64_t number) {
        state->update(number, [](member& changed) { changed.stalled -= changed.stalled > 0; });
      },
      [state](superseded_atom, std::uint64_t number) {
        state->update(number, [](member& changed) { changed.superseded = true; });
      },
      [state](retired_atom, std::uint64_t number) { state->retired(number); },
      [state](stats_atom) { return state->figures(); },
  };
}

} // namespace

pool spawn_pool(loop& home, caf::actor_addr user, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_pool, std::move(user), std::move(shared));
}

} // namespace sluice
