// The life of a connection: its exchanges and its end.
#include <sluice/actors/connection/connection_state.hpp>

#include <sluice/actors/body/stream.hpp>
#include <sluice/protocols/http/compose.hpp>
#include <sluice/protocols/policy/authentication.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

using namespace std::chrono_literals;

/// RFC 9110 section 10.1.1: a client does not wait for 100 (Continue) for ever.
constexpr auto continue_wait = 1s;
/// On HTTP/1.1 the kernel's receive buffer covers the path; the window has only to cover the way to the reader.
constexpr wire_bytes largest_http1_window{1u << 20};

} // namespace

connection_state::connection_state(self_type* self_pointer)
  : self(self_pointer), inbox(self->home().blocks()), timer(self->home().io()), bulk_timer(self->home().io()),
    lull_timer(self->home().io()) {}

connection_state::~connection_state() {
  for (auto& [index, entry] : entries)
    entry.exchange->counters->released(entry.account.outstanding().value);
  stop_connecting();
  if (link)
    link->close();
  if (counted_open)
    shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
}

// ---- exchanges --------------------------------------------------------------------------------------

carried* connection_state::find(std::uint32_t index) {
  auto i = entries.find(index);
  return i == entries.end() ? nullptr : &i->second;
}

bool connection_state::has_room() const {
  return !retired && (engine ? places_taken < engine->capacity() : places_taken == 0);
}

caf::result<response> connection_state::begin(const exchange_ptr& exchange) {
  if (!has_room()) {
    if (engine && !retired)
      tell_capacity(); // before the request comes back to the pool: else it would be sent here again
    self->send(owner, freed_atom::value, number); // the place that the pool took for it
    return self->delegate(owner, retry_atom::value, exchange);
  }
  return self->delegate(open(exchange), begin_atom::value, exchange);
}

stream connection_state::open(const exchange_ptr& exchange) {
  const auto& config = shared->config;
  const bool fixed = exchange->request.read.window.value > 0;
  auto first = fixed ? exchange->request.read.window : config.first_window;
  if (first > config.first_window) { // what is beyond it comes out of the budget, or not at all
    if (shared->budget.reserve(first - config.first_window))
      shared->budget.give_back(first - config.first_window); // the account takes it
    else
      first = config.first_window;
  }
  auto handle = spawn_stream(self->home(), caf::actor_cast<connection>(self), next_index, owner);
  entries.try_emplace(next_index, next_index, handle, exchange, shared->budget,
                      flow::tuner_config{first, config.largest_window, 1ms, fixed});
  observed += exchange->request.observer ? 1 : 0;
  ++places_taken;
  ++under_way;
  idle_until = never;
  ++exchanges;
  if (engine) {
    exchange->emit_trace(trace_kind::reused,
                         [&] { return "connection " + std::to_string(number) + " to " + link->peer(); });
    dispatch(next_index);
  } else {
    waiting = exchange;
    reading = next_index;
    connect();
  }
  ++next_index;
  return handle;
}

/// Puts the request on the wire.
void connection_state::dispatch(std::uint32_t index) {
  auto& entry = *find(index);
  const auto& request = entry.exchange->request;
  http::request_head head{request.method, entry.exchange->where.scheme, entry.exchange->where.authority(),
                          entry.exchange->where.target, request.fields};
  http::add_defaults(head.fields,
                     {shared->config.user_agent, request.read.decode,
                      request.priority ? std::optional{*request.priority} : std::nullopt, request.without});
  http::outgoing_body body{request.body.present, std::nullopt};
  if (body.present && !request.body.source)
    body.length = request.body.bytes.size();
  else if (body.present && request.body.length)
    body.length = *request.body.length;
  engine->trace(observed > 0);
  entry.account.set_peer_counts(engine->multiplexed());
  entry.exchange->early = unproven;
  const bool tunnel = request.method == "CONNECT";
  auto problem = tunnel && !engine->multiplexed()
                     ? failure{errc::invalid_request, caused_by::local,
                               "CONNECT is spoken over HTTP/2 and HTTP/3 only, and the server speaks HTTP/1.1"}
                     : engine->open(index, head, body, entry.account.window().size());
  if (problem) {
    inbox.on_failure(index, std::move(problem), false, false);
    return engine->multiplexed() ? settle() : retire();
  }
  entry.exchange->sent = true;
  if (!engine->multiplexed()) {
    reading = index;
    bulk.restart();
    entry.account.set_maximum(std::min(shared->config.largest_window, largest_http1_window));
  }
  if (body.present && body.length != std::uint64_t{0})
    begin_upload(entry, tunnel);
  entry.exchange->emit_trace(
      trace_kind::request_sent,
      [&] { return request.method + " " + entry.exchange->where.target + " " + http::to_string(engine->version()); },
      [&] { return policy::without_secrets(engine->sent_fields(head, body)); });
  restart_silence(entry);
  if (engine->multiplexed()) {
    push_later(); // other requests may be on their way to the same write
  } else {
    push_output();
    read_turn();
  }
}

void connection_state::begin_upload(carried& entry, bool tunnel) {
  const auto now = clock::now();
  entry.upload.begin(now);
  uploading.push_back(entry.index);
  watch_upload(entry);
  if (entry.exchange->request.body.source)
    watch(self, entry.exchange->request.body.source);
  if (tunnel) {
    entry.upload.continue_at = upload::until_answered;
  } else if (http::expects_continue(entry.exchange->request.fields)) {
    entry.upload.continue_at = now + continue_wait;
    look_at_exchanges(entry.upload.continue_at);
  }
}

/// Before its entry is erased, which gives its share of the budget back.
void connection_state::forget(carried& entry) {
  entry.exchange->counters->released(entry.account.outstanding().value);
  if (!entry.over)
    --under_way;
  if (entry.exchange->request.observer && --observed == 0 && engine)
    engine->trace(false);
  if (const auto& source = entry.exchange->request.body.source;
      source && std::none_of(entries.begin(), entries.end(), [&](const numbered_entry& other) {
        return other.first != entry.index && other.second.exchange->request.body.source == source;
      }))
    unwatch(self, source.address());
}

void connection_state::abandon(std::uint32_t index) {
  auto* entry = find(index);
  if (!entry)
    return;
  end_pause(*entry);
  const bool was_over = entry->over;
  forget(*entry);
  entries.erase(index);
  if (entries.empty())
    inbox.space().let_go();
  if (engine && !retired && !was_over) {
    engine->cancel(index);
    discard_rest();
  } else if (!engine && !retired) {
    retire(); // nobody waits for this transport any more
  }
  quit_if_done();
}

// ---- the end ----------------------------------------------------------------------------------------

void connection_state::retire() {
  if (retired)
    return;
  retired = true;
  if (engine && !engine->ended())
    engine->receive_end({errc::cancelled, caused_by::local, "the connection was closed"});
  take_events();
  for (auto& [index, entry] : entries) {
    if (!entry.over) { // the engine could not tell, or had none of it
      set_failure(entry, {errc::cancelled, caused_by::local, "the connection was closed"}, false);
      deliver(entry);
    }
    end_pause(entry);
  }
  reading.reset();
  stop_connecting();
  if (link)
    link->close();
  link = nullptr;
  inbox.space().let_go();
  timer.cancel();
  bulk_timer.cancel();
  lull_timer.cancel();
  if (std::exchange(counted_open, false))
    shared->connections_open.fetch_sub(1, std::memory_order_relaxed);
  self->send(owner, retired_atom::value, number);
}

void connection_state::shut_down(failure why) {
  if (engine)
    engine->receive_end(why);
  else if (reading)
    inbox.on_failure(*reading, std::move(why), false, false);
  retire();
}

void connection_state::forgotten() {
  forgotten_by_pool = true;
  retire();
  quit_if_done();
}

void connection_state::quit_if_done() {
  if (retired && forgotten_by_pool && entries.empty())
    self->quit();
}

void connection_state::down(const caf::actor_addr& whom, const caf::error& reason) {
  if (whom == owner.address()) { // else nobody would ever release this one
    forgotten_by_pool = true;
    shut_down({errc::internal, caused_by::local, "the pool of the connection failed: " + failure_of(reason).detail});
    return quit_if_done();
  }
  const auto why = "it ended without an answer: " + failure_of(reason).detail;
  if (opening && whom == opening.address())
    return not_connected({errc::internal, caused_by::local, "the connector failed; " + why});
  std::vector<std::uint32_t> pulled;
  for (auto& [index, entry] : entries)
    if (entry.exchange->request.body.source && whom == entry.exchange->request.body.source.address())
      pulled.push_back(index);
  for (auto index : pulled)
    source_failed(index, why);
}

// ---- the actor --------------------------------------------------------------------------------------

namespace {

connection::behavior_type run_connection(connection_state::self_type* self, const pool& owner, std::uint64_t number,
                                         const std::shared_ptr<client_shared>& shared) {
  auto& state = state_of(self);
  state.owner = owner;
  state.number = number;
  state.shared = shared;
  if (!state.watching_owner.begin(self, owner.address()))
    state.forgotten();
  quiet(self, [self](const failure& why) { state_of(self).shut_down(why); });
  on_down(self, [self](const caf::actor_addr& whom, const caf::error& why) { state_of(self).down(whom, why); });
  self->set_exit_handler([self](caf::exit_msg& message) {
    state_of(self).shut_down({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(message.reason);
  });
  return {
      [self](begin_atom, const exchange_ptr& exchange) { return state_of(self).begin(exchange); },
      [self](const credit& granted) {
        state_of(self).release(granted.stream, std::uint64_t{granted.bytes} + self->take_folded(granted.stream), true);
      },
      [self](refund_atom, std::uint32_t index, std::uint32_t bytes) { state_of(self).release(index, bytes, false); },
      [self](abandon_atom, std::uint32_t index) { state_of(self).abandon(index); },
      [self](forget_atom) { state_of(self).forgotten(); },
  };
}

} // namespace

connection spawn_connection(loop& home, pool owner, std::uint64_t number, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_connection, std::move(owner), number, std::move(shared));
}

} // namespace sluice
