#include <sluice/actors/pool.hpp>

#include <sluice/actors/connection.hpp>
#include <sluice/messages/errors.hpp>

#include <deque>
#include <map>
#include <unordered_map>

namespace sluice {

namespace {

struct waiting_request {
  caf::typed_response_promise<response> promise;
  exchange_ptr what;
};

struct origin_state {
  std::vector<std::uint64_t> idle; // most recently used last: it is the least likely to have been closed
  std::deque<waiting_request> waiting;
  std::size_t active = 0; // connections that are neither idle nor stalled
};

struct pool_state {
  static inline const char* name = "sluice.pool";
  using self_type = pinned_actor<pool, pool_state>;

  explicit pool_state(self_type* self_pointer) : self(self_pointer), watch(self->home().io()) {}

  enum class mode : std::uint8_t { active, idle, stalled };
  struct member {
    connection handle;
    std::string origin;
    pool_state::mode mode = mode::active;
  };

  self_type* self;
  std::shared_ptr<client_shared> shared;
  std::map<std::string, origin_state> origins;
  std::unordered_map<std::uint64_t, member> members;
  std::uint64_t next_number = 1;
  std::size_t next_loop = 0;
  std::size_t waiting = 0;
  asio::steady_timer watch;
  bool watching = false;
  bool client_gone = false;

  void fetch(caf::typed_response_promise<response> promise, const exchange_ptr& what) {
    auto& origin = origins[what->where.origin()];
    if (!origin.idle.empty()) {
      const auto number = origin.idle.back();
      origin.idle.pop_back();
      ++origin.active;
      auto& x = members.at(number);
      x.mode = mode::active;
      promise.delegate(x.handle, begin_atom::value, what);
    } else if (origin.active < shared->config.connections_per_origin && members.size() < shared->config.connections) {
      promise.delegate(open(what, origin), begin_atom::value, what);
    } else if (waiting < shared->config.waiting_requests) {
      ++waiting;
      origin.waiting.push_back({std::move(promise), what});
      if (members.size() >= shared->config.connections)
        evict_idle();
      watch_waiting();
    } else {
      promise.deliver(make_error({errc::limit_exceeded, caused_by::local, "already " + std::to_string(waiting) + " requests wait for a connection (limit waiting_requests)"}));
    }
  }

  connection open(const exchange_ptr& what, origin_state& origin) {
    auto& home = *shared->loops[next_loop++ % shared->loops.size()];
    const auto number = next_number++;
    auto handle = spawn_connection(home, caf::actor_cast<pool>(self), number, shared);
    self->monitor(handle);
    members.emplace(number, member{handle, what->where.origin(), mode::active});
    ++origin.active;
    return handle;
  }

  /// All connections are taken: an idle one to another origin makes room. Its `retired` serves who waits.
  void evict_idle() {
    for (auto& [key, origin] : origins)
      if (!origin.idle.empty()) {
        self->send(members.at(origin.idle.front()).handle, release_atom::value);
        return;
      }
  }

  /// While requests wait, those past their deadline and those of owners that ended are answered without a connection.
  void watch_waiting() {
    if (std::exchange(watching, true))
      return;
    watch.expires_after(std::chrono::milliseconds{50});
    watch.async_wait(self->bind([this](const std::error_code& code) {
      watching = false;
      if (code)
        return;
      for (auto& [key, origin] : origins)
        std::erase_if(origin.waiting, [this](waiting_request& x) { return give_up_waiting(x); });
      if (waiting > 0)
        watch_waiting();
    }));
  }

  bool give_up_waiting(waiting_request& x) {
    const auto total = x.what->what.deadlines.total;
    const bool late = total.count() > 0 && std::chrono::steady_clock::now() >= x.what->begun + total;
    const bool orphan = x.what->owner && !caf::actor_cast<caf::strong_actor_ptr>(x.what->owner);
    if (!late && !orphan)
      return false;
    --waiting;
    x.promise.deliver(make_error(late ? failure{errc::timed_out, caused_by::local, "the deadline 'total' of " + std::to_string(total.count()) + " ms passed while the request waited for a connection (limit connections_per_origin)"}
                                      : failure{errc::cancelled, caused_by::local, "the actor that made the request ended"}));
    return true;
  }

  /// A place has become free: whoever waits longest gets it.
  void serve(origin_state& origin) {
    while (!origin.waiting.empty() && (!origin.idle.empty() || (origin.active < shared->config.connections_per_origin && members.size() < shared->config.connections))) {
      auto next = std::move(origin.waiting.front());
      origin.waiting.pop_front();
      --waiting;
      fetch(std::move(next.promise), next.what);
    }
  }

  void set_mode(std::uint64_t number, mode to) {
    auto i = members.find(number);
    if (i == members.end() || i->second.mode == to)
      return;
    auto& origin = origins[i->second.origin];
    if (i->second.mode == mode::active)
      --origin.active;
    else if (i->second.mode == mode::idle)
      std::erase(origin.idle, number);
    i->second.mode = to;
    if (to == mode::active)
      ++origin.active;
    else if (to == mode::idle)
      origin.idle.push_back(number);
    if (client_gone && to == mode::idle)
      self->send(i->second.handle, release_atom::value);
    serve(origin);
  }

  void retired(const std::uint64_t number) {
    auto i = members.find(number);
    if (i == members.end())
      return;
    auto handle = i->second.handle;
    const auto key = i->second.origin;
    auto& origin = origins[key];
    if (i->second.mode == mode::active)
      --origin.active;
    else if (i->second.mode == mode::idle)
      std::erase(origin.idle, number);
    members.erase(i);
    self->send(handle, release_atom::value);
    serve(origin);
    if (waiting > 0) // the place may be one that all origins share
      for (auto& [other, state] : origins)
        serve(state);
    if (origin.active == 0 && origin.idle.empty() && origin.waiting.empty())
      forget_if_unused(key);
    if (client_gone && members.empty())
      self->quit();
  }

  void forget_if_unused(const std::string& key) {
    for (const auto& [number, x] : members)
      if (x.origin == key)
        return;
    origins.erase(key);
  }

  void fail_waiting(const failure& why) {
    for (auto& [key, origin] : origins) {
      for (auto& x : origin.waiting)
        x.promise.deliver(make_error(why));
      origin.waiting.clear();
    }
    waiting = 0;
  }

  /// No further request can come: idle connections end now, the others when they are done.
  void client_ended() {
    client_gone = true;
    for (auto& [number, x] : members)
      if (x.mode == mode::idle)
        self->send(x.handle, release_atom::value);
    if (members.empty() && waiting == 0)
      self->quit();
  }

  client_stats figures() const {
    client_stats x;
    x.flow = shared->totals->snapshot();
    x.requests = shared->requests;
    x.connections_opened = shared->connections_opened;
    x.connections_open = shared->connections_open;
    x.retries = shared->retries;
    x.requests_waiting = waiting;
    for (const auto& [key, origin] : origins)
      x.connections_idle += origin.idle.size();
    return x;
  }
};

pool::behavior_type run_pool(pool_state::self_type* self, const caf::actor_addr& user, const std::shared_ptr<client_shared>& shared) {
  self->state.shared = shared;
  quiet(self);
  if (!monitor_if_alive(self, user))
    self->state.client_ended();
  self->set_down_handler([self, user](caf::down_msg& x) {
    auto& my = self->state;
    if (x.source == user)
      return my.client_ended();
    // A connection that ended without saying so (an exception, say): nobody may be sent to it any more.
    for (const auto& [number, member] : my.members)
      if (member.handle.address() == x.source)
        return my.retired(number);
  });
  self->set_exit_handler([self](caf::exit_msg& x) {
    self->state.fail_waiting({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(x.reason);
  });
  auto fetch = [self](const exchange_ptr& what) -> caf::result<response> {
    auto promise = self->make_response_promise<response>();
    self->state.fetch(promise, what);
    return promise;
  };
  return {
    [fetch](fetch_atom, const exchange_ptr& what) { return fetch(what); },
    [self, fetch](retry_atom, const exchange_ptr& what) {
      self->state.shared->retries.fetch_add(1, std::memory_order_relaxed);
      return fetch(what);
    },
    [self](idle_atom, std::uint64_t number) { self->state.set_mode(number, pool_state::mode::idle); },
    [self](stalled_atom, std::uint64_t number) {
      if (auto i = self->state.members.find(number); i != self->state.members.end() && i->second.mode == pool_state::mode::active)
        self->state.set_mode(number, pool_state::mode::stalled);
    },
    [self](flowing_atom, std::uint64_t number) {
      if (auto i = self->state.members.find(number); i != self->state.members.end() && i->second.mode == pool_state::mode::stalled)
        self->state.set_mode(number, pool_state::mode::active);
    },
    [self](retired_atom, std::uint64_t number) { self->state.retired(number); },
    [self](stats_atom) { return self->state.figures(); },
  };
}

} // namespace

pool spawn_pool(loop& home, caf::actor_addr user, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_pool, std::move(user), std::move(shared));
}

} // namespace sluice
