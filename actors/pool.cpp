#include <sluice/actors/pool.hpp>

#include <sluice/actors/connection.hpp>
#include <sluice/messages/errors.hpp>
#include <sluice/protocols/tls/names.hpp>

#include <algorithm>
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
  std::vector<std::uint64_t> members;
  std::vector<std::uint64_t> places; // members that had room; the last is filled first: the others may go idle
  std::deque<waiting_request> waiting;
  std::size_t active = 0;     // connections with a body under way that is not stalled
  std::size_t connecting = 0; // whose capacity is not known yet
  std::vector<std::uint64_t> shared; // connections of other origins that hold for this one too (RFC 9113 section 9.1.1)
  bool looking = false;       // for such
  bool looked = false;
  std::size_t expected = 0;   // exchanges a connection takes, as the last one told; 0: none has yet
};

struct pool_state {
  static inline const char* name = "sluice.pool";
  using self_type = pinned_actor<pool, pool_state>;

  explicit pool_state(self_type* self_pointer) : self(self_pointer), watch(self->home().io()), resolver(self->home().io()) {}

  struct member {
    connection handle;
    std::string origin;
    std::size_t capacity = 1, in_use = 0, stalled = 0;
    bool known = false;  // its capacity was told
    bool listed = false; // in its origin's `places`
    bool superseded = false; // takes new requests only while no better one can be opened
    std::string address{};              // with `names`: what it may be shared for
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
  asio::steady_timer watch;
  asio::ip::tcp::resolver resolver;
  bool watching = false;
  bool client_gone = false;

  bool has_place(const member& x) const { return !x.superseded && x.in_use < x.capacity && x.stalled < shared->config.stalled_streams_per_connection; }

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

  /// Where nothing else may be opened, stalled bodies and the hope for HTTP/3 do not keep a connection from taking more.
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
          && std::any_of(x.names.begin(), x.names.end(), [&](const std::string& covered) { return tls::name_matches(covered, where.host); }))
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
    resolver.async_resolve(where.host, std::to_string(where.port), self->bind([this, key, found](const std::error_code&, const asio::ip::tcp::resolver::results_type& at) {
      auto& mine = origins[key];
      mine.looking = false;
      for (auto number : found)
        if (auto* x = find(number); x && std::any_of(at.begin(), at.end(), [&](const auto& y) { return y.endpoint().address().to_string() == x->address; }))
          mine.shared.push_back(number);
      serve(mine);
    }));
    return true;
  }

  bool may_open(const std::string& key, const origin_state& origin) const {
    if (origin.active >= shared->config.connections_per_origin || members.size() >= shared->config.connections)
      return false;
    if (origin.connecting == 0)
      return true;
    // One that is being opened may turn out to take many requests (HTTP/2, HTTP/3): these are worth waiting for.
    const auto protocol = shared->config.protocol;
    const bool may_share = protocol == http_choice::http2_prior_knowledge || (protocol != http_choice::http1 && key.starts_with("https:"));
    if (origin.expected == 0)
      return !may_share;
    return origin.connecting * (origin.expected - 1) <= origin.waiting.size();
  }

  /// Gives the request to a connection, an open or a new one. False: it has to wait.
  bool assign(caf::typed_response_promise<response>& promise, const exchange_ptr& what) {
    const auto key = what->where.origin();
    auto& origin = origins[key];
    if (what->misdirected)
      origin.shared.clear();
    auto number = place(origin);
    if (number == 0)
      number = shared_place(origin);
    if (number == 0 && look_for_shared(key, what->where))
      return false;
    if (number == 0 && may_open(key, origin))
      number = open(key, origin);
    if (number == 0)
      number = second_choice(origin);
    if (number == 0)
      return false;
    auto& x = members.at(number);
    what->coalesced = x.origin != key;
    change(number, x, [](member& y) { ++y.in_use; });
    promise.delegate(x.handle, begin_atom::value, what);
    return true;
  }

  void fetch(caf::typed_response_promise<response> promise, const exchange_ptr& what) {
    if (assign(promise, what))
      return;
    if (waiting >= shared->config.waiting_requests) {
      promise.deliver(make_error({errc::limit_exceeded, caused_by::local, "already " + std::to_string(waiting) + " requests wait for a connection (limit waiting_requests)"}));
      return;
    }
    ++waiting;
    origins[what->where.origin()].waiting.push_back({std::move(promise), what});
    if (members.size() >= shared->config.connections)
      evict_idle();
    watch_waiting();
  }

  std::uint64_t open(const std::string& key, origin_state& origin) {
    auto& home = *shared->loops[next_loop++ % shared->loops.size()];
    const auto number = next_number++;
    auto handle = spawn_connection(home, caf::actor_cast<pool>(self), number, shared);
    self->monitor(handle);
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
    while (!origin.waiting.empty() && assign(origin.waiting.front().promise, origin.waiting.front().what)) {
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
    const auto unused = [](const auto& y) { return y.second.members.empty() && y.second.waiting.empty() && !y.second.looking; };
    if (was_shared) // other origins may have lived on it alone
      std::erase_if(origins, unused);
    else if (auto i = origins.find(key); unused(*i))
      origins.erase(i);
    if (client_gone && members.empty() && waiting == 0)
      self->quit();
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
      if (x.idle())
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
    for (const auto& [number, y] : members)
      x.connections_idle += y.idle();
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
    [self](shares_atom, std::uint64_t number, std::string& address, std::vector<std::string>& names) {
      if (auto* x = self->state.find(number)) {
        x->address = std::move(address);
        x->names = std::move(names);
      }
    },
    [self](capacity_atom, std::uint64_t number, std::uint64_t n) { self->state.capacity(number, n); },
    [self](freed_atom, std::uint64_t number) { self->state.told(number, [](pool_state::member& x) { x.in_use -= x.in_use > 0; }); },
    [self](stalled_atom, std::uint64_t number) { self->state.told(number, [](pool_state::member& x) { ++x.stalled; }); },
    [self](flowing_atom, std::uint64_t number) { self->state.told(number, [](pool_state::member& x) { x.stalled -= x.stalled > 0; }); },
    [self](superseded_atom, std::uint64_t number) { self->state.told(number, [](pool_state::member& x) { x.superseded = true; }); },
    [self](retired_atom, std::uint64_t number) { self->state.retired(number); },
    [self](stats_atom) { return self->state.figures(); },
  };
}

} // namespace

pool spawn_pool(loop& home, caf::actor_addr user, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_pool, std::move(user), std::move(shared));
}

} // namespace sluice
