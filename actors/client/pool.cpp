#include <sluice/actors/client/pool.hpp>

#include <sluice/actors/connect/resolver.hpp>
#include <sluice/actors/connection/connection.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/tls/names.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

namespace {

using clock = loop_clock;

/// How often one request may be handed to a connection: sent again where that is safe, and handed back by connections
/// that could not take it. More is a fault of ours or a game of the origin's.
constexpr std::uint32_t assignments_max = 10;
/// Deadlines of waiting requests that lie closer together are looked at together.
constexpr auto deadline_grain = std::chrono::milliseconds{10};

/// After the process ran out of descriptors, further connections are tried again.
constexpr auto relief_after = std::chrono::seconds{1};

/// Requests that an origin wants over HTTP/1.1 have connections of their own.
constexpr std::string_view http1_suffix = " http/1.1";
std::string key_of(const exchange& x) { return x.where.origin() + std::string{x.http1_only ? http1_suffix : ""}; }

struct waiting_request {
  caf::typed_response_promise<response> promise;
  exchange_ptr exchange;
};

struct origin_state {
  std::vector<std::uint64_t> members;
  std::vector<std::uint64_t> places; // members that had room; the last is filled first: the others may go idle
  std::deque<waiting_request> waiting;
  std::size_t active = 0;            // connections with a body under way that is not stalled
  std::size_t connecting = 0;        // whose capacity is not known yet
  std::vector<std::uint64_t> shared; // connections of other origins that hold for this one too (RFC 9113 section 9.1.1)
  bool looking = false;              // for such
  bool looked = false;
  std::size_t expected = 0; // exchanges a connection takes, as the last one told; 0: none has yet
};

struct pool_state {
  static inline const char* name = "sluice.pool";
  using self_type = pinned_actor<pool, pool_state>;

  explicit pool_state(self_type* self_pointer)
    : self(self_pointer), deadline_timer(self->home().io()), relief_timer(self->home().io()) {}
  /// Also when the actor was killed.
  ~pool_state() {
    try {
      for (auto& [key, origin] : origins)
        for (auto& x : origin.waiting)
          x.promise.deliver(
              make_error({errc::internal, caused_by::local,
                          "the connection pool of the client ended before the request got a connection"}));
    } catch (...) { // no memory: whoever monitors the client is told
    }
  }

  struct member {
    connection handle;
    std::string origin;
    std::size_t capacity = 1, in_use = 0, stalled = 0;
    bool known = false;      // its capacity was told
    bool listed = false;     // in its origin's `places`
    bool superseded = false; // takes new requests only while no better one can be opened
    std::string address{};   // with `names`: what it may be shared for
    std::vector<std::string> names{};

    bool active() const { return in_use > stalled; }
    bool idle() const { return known && in_use == 0; }
  };

  self_type* self;
  std::shared_ptr<client_shared> shared;
  std::map<std::string, origin_state> origins;
  std::unordered_map<std::uint64_t, member> members;
  std::uint64_t next_number = 1;
  std::size_t next_loop = 0;
  std::size_t waiting = 0;
  loop_timer deadline_timer;
  clock::time_point deadline_at = clock::time_point::max(); // the next deadline of a waiting request
  std::map<caf::actor_addr, std::size_t> owners;         // of waiting requests, and how many each has; all monitored
  std::optional<resolver> names;
  bool client_gone = false;
  std::size_t connections_max = SIZE_MAX; // so many there were when the process ran out of descriptors
  loop_timer relief_timer;              // when more are tried again

  bool has_place(const member& x) const {
    return !x.superseded && x.in_use < x.capacity && x.stalled < shared->config.stalled_streams_per_connection;
  }

  /// Changes what a member carries, and with it what is known of its origin.
  template <class F>
  void change(std::uint64_t number, member& x, F f) {
    auto& origin = origins[x.origin];
    origin.active -= x.active();
    f(x);
    origin.active += x.active();
    if (has_place(x) && !std::exchange(x.listed, true))
      origin.places.push_back(number);
  }

  member* find(std::uint64_t number) {
    auto i = members.find(number);
    return i == members.end() ? nullptr : &i->second;
  }

  /// The connection that takes the next request; 0: none can.
  std::uint64_t place(origin_state& origin) {
    while (!origin.places.empty()) {
      const auto number = origin.places.back();
      auto* x = find(number);
      if (x && has_place(*x))
        return number;
      origin.places.pop_back();
      if (x)
        x->listed = false;
    }
    return 0;
  }

  /// Where nothing else may be opened, stalled bodies and the hope for HTTP/3 do not keep a connection from taking
  /// more.
  std::uint64_t second_choice(const origin_state& origin) {
    for (auto number : origin.members)
      if (const auto& x = members.at(number); x.in_use < x.capacity)
        return number;
    return 0;
  }

  /// A connection that was opened for another origin and holds for this one.
  std::uint64_t shared_place(origin_state& origin) {
    std::erase_if(origin.shared, [this](std::uint64_t x) { return !find(x); });
    for (auto number : origin.shared)
      if (has_place(members.at(number)))
        return number;
    return 0;
  }

  /// Connections whose certificate names the host, on the same port: they hold for it if it is at the same address.
  std::vector<std::uint64_t> candidates(const uri::url& where) const {
    std::vector<std::uint64_t> result;
    const auto port = ":" + std::to_string(where.port);
    for (const auto& [number, x] : members)
      if (!x.address.empty() && x.capacity > 0 && x.origin.ends_with(port)
          && std::any_of(x.names.begin(), x.names.end(),
                         [&](const std::string& covered) { return tls::name_matches(covered, where.host); }))
        result.push_back(number);
    return result;
  }

  /// Before the first connection for an origin: asks where it is, if an open connection could hold for it. True: wait.
  bool look_for_shared(const std::string& key, const uri::url& where) {
    auto& origin = origins[key];
    if (origin.looking || origin.looked || !origin.members.empty() || !where.secure())
      return origin.looking;
    origin.looked = true;
    auto found = candidates(where);
    if (found.empty())
      return false;
    origin.looking = true;
    names->resolve(where.host, shared->config.lookup_timeout, self->bind([this, key, found](const lookup_answer& at) {
      auto& mine = origins[key];
      mine.looking = false;
      for (auto number : found)
        if (auto* x = find(number); x && std::any_of(at.addresses.begin(), at.addresses.end(), [&](const auto& y) {
                                      return y.to_string() == x->address;
                                    }))
          mine.shared.push_back(number);
      serve(mine);
    }));
    return true;
  }

  bool may_open(const std::string& key, const origin_state& origin) const {
    if (origin.active >= shared->config.connections_per_origin
        || members.size() >= std::min(shared->config.connections, connections_max))
      return false;
    if (origin.connecting == 0)
      return true;
    // One that is being opened may turn out to take many requests (HTTP/2, HTTP/3): these are worth waiting for.
    const auto protocol = shared->config.protocol;
    const bool may_share = !key.ends_with(http1_suffix)
                           && (protocol == http_choice::http2_prior_knowledge
                               || (protocol != http_choice::http1 && key.starts_with("https:")));
    if (origin.expected == 0)
      return !may_share;
    return origin.connecting * (origin.expected - 1) <= origin.waiting.size();
  }

  /// Gives the request to a connection, an open or a new one. False: it has to wait.
  bool assign(caf::typed_response_promise<response>& promise, const exchange_ptr& exchange) {
    const auto key = key_of(*exchange);
    auto& origin = origins[key];
    if (exchange->misdirected)
      origin.shared.clear();
    auto number = place(origin);
    if (number == 0)
      number = shared_place(origin);
    if (number == 0 && !exchange->http1_only && look_for_shared(key, exchange->where))
      return false;
    if (number == 0 && may_open(key, origin))
      number = open(key, origin);
    if (number == 0)
      number = second_choice(origin);
    if (number == 0)
      return false;
    if (++exchange->assigned > assignments_max) {
      promise.deliver(make_error({errc::refused, caused_by::remote,
                                  "the request was handed to " + std::to_string(assignments_max) + " connections to "
                                      + key + ", and none could take it; the origin may be going down"}));
      return true;
    }
    auto& x = members.at(number);
    exchange->coalesced = x.origin != key;
    change(number, x, [](member& y) { ++y.in_use; });
    promise.delegate(x.handle, begin_atom::value, exchange);
    return true;
  }

  /// The process has no descriptor for one more connection. While there are others, the request waits for one of these;
  /// without any, nothing of ours would ever free one.
  void fetch_starved(caf::typed_response_promise<response> promise, const exchange_ptr& exchange) {
    exchange->starved = false;
    --exchange->assigned;
    if (members.empty()) {
      promise.deliver(
          make_error({errc::out_of_descriptors, caused_by::local,
                      "the process has no file descriptor left for a connection to " + exchange->where.origin()
                          + "; raise its limit (ulimit -n), or close what it has open"}));
      return;
    }
    connections_max = members.size();
    relief_timer.expires_after(relief_after);
    relief_timer.async_wait(self->bind([this](const std::error_code& code) {
      if (code)
        return;
      connections_max = SIZE_MAX;
      for (auto& [key, origin] : origins)
        serve(origin);
    }));
    fetch(std::move(promise), exchange);
  }

  void fetch(caf::typed_response_promise<response> promise, const exchange_ptr& exchange) {
    if (assign(promise, exchange))
      return;
    if (waiting >= shared->config.waiting_requests) {
      promise.deliver(make_error(
          {errc::limit_exceeded, caused_by::local,
           "already " + std::to_string(waiting) + " requests wait for a connection (limit waiting_requests)"}));
      return;
    }
    if (!watch_owner(exchange->owner)) {
      promise.deliver(make_error(owner_ended()));
      return;
    }
    ++waiting;
    if (const auto total = exchange->request.deadlines.total; total.count() > 0)
      look_at_deadlines(exchange->begun + total);
    origins[key_of(*exchange)].waiting.push_back({std::move(promise), exchange});
    if (members.size() >= std::min(shared->config.connections, connections_max))
      evict_idle();
  }

  std::uint64_t open(const std::string& key, origin_state& origin) {
    auto& home = *shared->loops[next_loop++ % shared->loops.size()];
    const auto number = next_number++;
    const auto owner = caf::actor_cast<pool>(self);
    const auto& replaced = shared->stand_ins.connection;
    auto handle = replaced ? replaced(home, owner, number) : spawn_connection(home, owner, number, shared);
    watch(self, handle);
    members.emplace(number, member{handle, key});
    origin.members.push_back(number);
    ++origin.connecting;
    return number;
  }

  /// All connections are taken: an idle one to another origin makes room. Its `retired` serves who waits.
  void evict_idle() {
    for (auto& [number, x] : members)
      if (x.idle() && x.capacity > 0) {
        x.capacity = 0;
        self->send(x.handle, release_atom::value);
        return;
      }
  }

  // ---- requests that wait ---------------------------------------------------------------------------

  static failure owner_ended() { return {errc::cancelled, caused_by::local, "the actor that made the request ended"}; }

  /// Waiting requests are answered when their owner ends. False: it has ended already.
  bool watch_owner(const caf::actor_addr& owner) {
    if (!owner)
      return true;
    auto& n = owners[owner];
    if (n++ > 0 || watch(self, owner))
      return true;
    owners.erase(owner);
    return false;
  }

  /// One of its requests waits no more.
  void leave_owner(const caf::actor_addr& owner) {
    const auto i = owners.find(owner);
    if (i == owners.end() || --i->second > 0)
      return;
    unwatch(self, owner);
    owners.erase(i);
  }

  void look_at_deadlines(clock::time_point next) {
    if (next >= deadline_at)
      return;
    deadline_at = next;
    deadline_timer.expires_at(next);
    deadline_timer.async_wait(self->bind([this](const std::error_code& code) {
      if (code)
        return;
      deadline_at = clock::time_point::max();
      answer_late(clock::now());
    }));
  }

  void answer_late(clock::time_point now) {
    auto next = clock::time_point::max();
    answer_waiting([&](const exchange& x) {
      const auto total = x.request.deadlines.total;
      if (total.count() == 0)
        return failure{};
      if (now < x.begun + total) {
        next = std::min(next, x.begun + total);
        return failure{};
      }
      return failure{errc::timed_out, caused_by::local,
                     "the deadline 'total' of " + std::to_string(total.count())
                         + " ms passed while the request waited for a connection (limit connections_per_origin)"};
    });
    if (next != clock::time_point::max())
      look_at_deadlines(std::max(next, now + deadline_grain));
  }

  void owner_down(const caf::actor_addr& owner) {
    answer_waiting([&](const exchange& x) { return x.owner == owner ? owner_ended() : failure{}; });
    owners.erase(owner);
  }

  /// Answers each waiting request for which `why` gives a failure.
  template <class F>
  void answer_waiting(F why) {
    for (auto& [key, origin] : origins)
      std::erase_if(origin.waiting, [&](waiting_request& x) {
        const failure problem = why(*x.exchange);
        if (!problem)
          return false;
        x.promise.deliver(make_error(problem));
        --waiting;
        leave_owner(x.exchange->owner);
        return true;
      });
    std::erase_if(origins, unused);
    quit_if_done();
  }

  static bool unused(const std::pair<const std::string, origin_state>& x) {
    return x.second.members.empty() && x.second.waiting.empty() && !x.second.looking;
  }

  void quit_if_done() {
    if (client_gone && members.empty() && waiting == 0)
      self->quit();
  }

  /// A place has become free: whoever waits longest gets it.
  void serve(origin_state& origin) {
    while (!origin.waiting.empty() && assign(origin.waiting.front().promise, origin.waiting.front().exchange)) {
      leave_owner(origin.waiting.front().exchange->owner);
      origin.waiting.pop_front();
      --waiting;
    }
  }

  template <class F>
  void told(std::uint64_t number, F f) {
    auto* x = find(number);
    if (!x)
      return;
    change(number, *x, f);
    if (client_gone && x->idle())
      self->send(x->handle, release_atom::value);
    serve(origins[x->origin]);
  }

  void capacity(std::uint64_t number, std::size_t n) {
    told(number, [&](member& x) {
      auto& origin = origins[x.origin];
      x.capacity = n;
      if (n > 0)
        origin.expected = n;
      if (!std::exchange(x.known, true))
        --origin.connecting;
    });
  }

  void retired(const std::uint64_t number) {
    auto* x = find(number);
    if (!x)
      return;
    const auto handle = x->handle;
    const auto key = x->origin;
    const bool was_shared = !x->names.empty();
    auto& origin = origins[key];
    origin.active -= x->active();
    origin.connecting -= !x->known;
    std::erase(origin.members, number);
    members.erase(number);
    self->send(handle, release_atom::value);
    serve(origin);
    if (waiting > 0) // the place may be one that all origins share
      for (auto& [other, state] : origins)
        serve(state);
    if (was_shared) // other origins may have lived on it alone
      std::erase_if(origins, unused);
    else if (auto i = origins.find(key); unused(*i))
      origins.erase(i);
    quit_if_done();
  }

  void fail_waiting(const failure& why) {
    answer_waiting([&](const exchange&) { return why; });
  }

  /// No further request can come: idle connections end now, the others when they are done.
  void client_ended() {
    client_gone = true;
    for (auto& [number, x] : members)
      if (x.idle())
        self->send(x.handle, release_atom::value);
    quit_if_done();
  }

  client_stats figures() const {
    client_stats x;
    x.flow = shared->totals->snapshot();
    x.requests = shared->requests;
    x.connections_opened = shared->connections_opened;
    x.connections_open = shared->connections_open;
    x.retries = shared->retries;
    x.requests_waiting = waiting;
    x.origins = origins.size();
    for (const auto& [number, y] : members)
      x.connections_idle += y.idle();
    return x;
  }
};

pool::behavior_type run_pool(pool_state::self_type* self, const caf::actor_addr& user,
                             const std::shared_ptr<client_shared>& shared) {
  state_of(self).shared = shared;
  state_of(self).names.emplace(self->home().io(), shared->names);
  quiet(self, [self](const failure& why) { state_of(self).fail_waiting(why); });
  if (!watch(self, user))
    state_of(self).client_ended();
  on_down(self, [self, user](const caf::actor_addr& whom, const caf::error&) {
    auto& my = state_of(self);
    if (whom == user)
      return my.client_ended();
    if (my.owners.contains(whom))
      return my.owner_down(whom);
    // A connection that ended without saying so (an exception, say): nobody may be sent to it any more.
    for (const auto& [number, member] : my.members)
      if (member.handle.address() == whom)
        return my.retired(number);
  });
  self->set_exit_handler([self](caf::exit_msg& x) {
    state_of(self).fail_waiting({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(x.reason);
  });
  auto fetch = [self](const exchange_ptr& exchange) -> caf::result<response> {
    auto promise = self->make_response_promise<response>();
    state_of(self).fetch(promise, exchange);
    return promise;
  };
  return {
      [fetch](fetch_atom, const exchange_ptr& exchange) { return fetch(exchange); },
      [self, fetch](retry_atom, const exchange_ptr& exchange) -> caf::result<response> {
        if (exchange->starved) {
          auto promise = self->make_response_promise<response>();
          state_of(self).fetch_starved(promise, exchange);
          return promise;
        }
        state_of(self).shared->retries.fetch_add(1, std::memory_order_relaxed);
        return fetch(exchange);
      },
      [self](shares_atom, std::uint64_t number, std::string& address, std::vector<std::string>& names) {
        if (auto* x = state_of(self).find(number)) {
          x->address = std::move(address);
          x->names = std::move(names);
        }
      },
      [self](capacity_atom, std::uint64_t number, std::uint64_t n) { state_of(self).capacity(number, n); },
      [self](freed_atom, std::uint64_t number) {
        state_of(self).told(number, [](pool_state::member& x) { x.in_use -= x.in_use > 0; });
      },
      [self](stalled_atom, std::uint64_t number) {
        state_of(self).told(number, [](pool_state::member& x) { ++x.stalled; });
      },
      [self](flowing_atom, std::uint64_t number) {
        state_of(self).told(number, [](pool_state::member& x) { x.stalled -= x.stalled > 0; });
      },
      [self](superseded_atom, std::uint64_t number) {
        state_of(self).told(number, [](pool_state::member& x) { x.superseded = true; });
      },
      [self](retired_atom, std::uint64_t number) { state_of(self).retired(number); },
      [self](stats_atom) { return state_of(self).figures(); },
  };
}

} // namespace

pool spawn_pool(loop& home, caf::actor_addr user, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_pool, std::move(user), std::move(shared));
}

} // namespace sluice
