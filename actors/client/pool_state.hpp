// The state of a pool actor. Private to the pool's own sources: pool.cpp (connections that come and go, the end),
// pool_places.cpp (which connection takes a request) and pool_waiting.cpp (requests that wait). Not for tests and not
// for other actors: these know pool.hpp.
#pragma once

#include <sluice/actors/client/pool.hpp>
#include <sluice/actors/connect/resolver.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice {

/// Requests with the same key share connections: the origin, or the origin over HTTP/1.1 alone.
std::string origin_key(const exchange& exchange);

struct pool_state {
  static inline const char* name = "sluice.pool";
  using self_type = pinned_actor<pool, pool_state>;
  using promise = caf::typed_response_promise<response>;
  using clock = loop_clock;

  explicit pool_state(self_type* self_pointer);
  /// Answers every waiting request, also if the actor was killed.
  ~pool_state();
  pool_state(const pool_state&) = delete;
  pool_state& operator=(const pool_state&) = delete;

  /// One connection, as it told of itself.
  struct member {
    connection handle;
    std::string origin;
    std::size_t capacity = 1, in_use = 0, stalled = 0;
    bool known = false;      ///< its capacity was told
    bool listed = false;     ///< in its origin's `places`
    bool superseded = false; ///< takes new requests only if no other connection can be opened
    std::string address{};   ///< with `names`: other origins that it may be shared for
    std::vector<std::string> names{};

    bool active() const { return in_use > stalled; }
    bool idle() const { return known && in_use == 0; }
  };

  struct waiting_request {
    pool_state::promise promise;
    exchange_ptr exchange;
  };

  struct origin_state {
    std::vector<std::uint64_t> members;
    std::vector<std::uint64_t> places; ///< members that had room. The last one is filled first: others may become idle
    std::deque<waiting_request> waiting;
    std::size_t active = 0;     ///< connections with a body under way that is not stalled
    std::size_t connecting = 0; ///< connections whose capacity is not known yet
    std::size_t expected = 0;   ///< exchanges a connection takes, as the last one told; 0: none has yet
    /// Connections of other origins that hold for this one too (RFC 9113 section 9.1.1).
    std::vector<std::uint64_t> shared;
    bool looking = false; ///< for such connections: the lookup of the name is under way
    bool looked = false;
  };

  // ---- pool.cpp ----
  member* find(std::uint64_t number);
  /// Connection `number` told that it takes `exchanges` at once.
  void set_capacity(std::uint64_t number, std::size_t exchanges);
  void set_shared_names(std::uint64_t number, std::string&& address, std::vector<std::string>&& certified);
  /// Connection `number` told of a change, which `modify(member&)` makes. A place may be free then: who waits is
  /// served.
  template <class F>
  void update(std::uint64_t number, F modify) {
    auto* changed = find(number);
    if (!changed)
      return;
    change(number, *changed, std::move(modify));
    if (client_gone && changed->idle())
      self->send(changed->handle, forget_atom::value);
    serve(origins[changed->origin]);
  }
  /// Connection `number` is closed.
  void retired(std::uint64_t number);
  void client_ended();
  client_stats figures() const;
  void quit_if_done();
  static bool unused(const std::pair<const std::string, origin_state>& entry);

  // ---- pool_places.cpp ----
  /// Gives the request to a connection, an open one or a new one. False: it has to wait.
  bool assign(promise& answer, const exchange_ptr& exchange);
  /// Closes an idle connection of any origin, if there is one, to make room for another.
  void evict_idle();
  bool connections_are_used_up() const;
  /// Applies `modify(member&)`, and updates what is counted for the member's origin.
  template <class F>
  void change(std::uint64_t number, member& changed, F modify) {
    auto& origin = origins[changed.origin];
    origin.active -= changed.active();
    modify(changed);
    origin.active += changed.active();
    if (has_place(changed) && !std::exchange(changed.listed, true))
      origin.places.push_back(number);
  }
  bool has_place(const member& candidate) const;
  std::uint64_t own_place(origin_state& origin);
  std::uint64_t shared_place(origin_state& origin);
  std::uint64_t last_resort(const origin_state& origin) const;
  std::vector<std::uint64_t> shareable(const uri::url& where) const;
  bool look_for_shared(const std::string& key, const uri::url& where);
  bool may_open(const std::string& key, const origin_state& origin) const;
  std::uint64_t open(const std::string& key, origin_state& origin);

  // ---- pool_waiting.cpp ----
  void fetch(promise answer, const exchange_ptr& exchange);
  /// As fetch(), for a request whose connection failed because the process has no file descriptor left.
  void fetch_starved(promise answer, const exchange_ptr& exchange);
  /// A place may be free: the requests that wait longest get what there is.
  void serve(origin_state& origin);
  void owner_down(const caf::actor_addr& owner);
  void fail_waiting(const failure& why);
  bool watch_owner(const caf::actor_addr& owner);
  void leave_owner(const caf::actor_addr& owner);
  void arm_deadline(clock::time_point next);
  void answer_late(clock::time_point now);
  template <class F>
  void answer_waiting(F why);

  self_type* self;
  std::shared_ptr<client_shared> shared;
  std::map<std::string, origin_state> origins;
  std::unordered_map<std::uint64_t, member> members;
  std::uint64_t next_number = 1;
  std::size_t next_loop = 0;
  std::size_t waiting = 0;                       // requests, of all origins
  std::map<caf::actor_addr, std::size_t> owners; // of waiting requests, with their number; all are monitored
  loop_timer deadline_timer;                     // for the deadline `total` of waiting requests
  clock::time_point deadline_at = clock::time_point::max();
  std::size_t connections_max = SIZE_MAX; // the number there was when the process ran out of file descriptors
  loop_timer relief_timer;                // resets it
  std::optional<resolver> names;
  bool client_gone = false;
};

} // namespace sluice
