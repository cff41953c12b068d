// Requests that wait for a connection: how many, for how long, and when one is served.
#include <sluice/actors/client/pool_state.hpp>

#include <sluice/messages/errors.hpp>

#include <algorithm>

namespace sluice {

namespace {

/// Deadlines that are closer together than this are handled in one pass over the waiting requests.
constexpr auto deadline_grain = std::chrono::milliseconds{10};
/// After the process ran out of file descriptors, new connections are tried again after this time.
constexpr auto relief_after = std::chrono::seconds{1};

failure owner_ended() { return {errc::cancelled, caused_by::local, "the actor that made the request ended"}; }

} // namespace

void pool_state::fetch(promise answer, const exchange_ptr& exchange) {
  if (assign(answer, exchange))
    return;
  if (waiting >= shared->config.waiting_requests) {
    answer.deliver(make_error(
        {errc::limit_exceeded, caused_by::local,
         "already " + std::to_string(waiting) + " requests wait for a connection (limit waiting_requests)"}));
    return;
  }
  if (!watch_owner(exchange->owner)) {
    answer.deliver(make_error(owner_ended()));
    return;
  }
  ++waiting;
  if (const auto total = exchange->request.deadlines.total; total.count() > 0)
    arm_deadline(exchange->begun + total);
  origins[origin_key(*exchange)].waiting.push_back({std::move(answer), exchange});
  if (connections_are_used_up())
    evict_idle();
}

/// With other connections, the request waits for one of these. Without any, nothing of ours would ever give a
/// descriptor back.
void pool_state::fetch_starved(promise answer, const exchange_ptr& exchange) {
  exchange->starved = false;
  --exchange->assigned;
  if (members.empty()) {
    answer.deliver(make_error({errc::out_of_descriptors, caused_by::local,
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
  fetch(std::move(answer), exchange);
}

void pool_state::serve(origin_state& origin) {
  while (!origin.waiting.empty() && assign(origin.waiting.front().promise, origin.waiting.front().exchange)) {
    leave_owner(origin.waiting.front().exchange->owner);
    origin.waiting.pop_front();
    --waiting;
  }
}

// ---- waits that end otherwise -----------------------------------------------------------------------

/// Waiting requests are answered when their owner ends. False: it has ended already.
bool pool_state::watch_owner(const caf::actor_addr& owner) {
  if (!owner)
    return true;
  auto& requests = owners[owner];
  if (requests++ > 0 || watch(self, owner))
    return true;
  owners.erase(owner);
  return false;
}

/// One of its requests waits no more.
void pool_state::leave_owner(const caf::actor_addr& owner) {
  const auto i = owners.find(owner);
  if (i == owners.end() || --i->second > 0)
    return;
  unwatch(self, owner);
  owners.erase(i);
}

void pool_state::arm_deadline(clock::time_point next) {
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

/// Answers each waiting request for which `why(exchange)` returns a failure.
template <class F>
void pool_state::answer_waiting(F why) {
  for (auto& [key, origin] : origins)
    std::erase_if(origin.waiting, [&](waiting_request& request) {
      const failure problem = why(*request.exchange);
      if (!problem)
        return false;
      request.promise.deliver(make_error(problem));
      --waiting;
      leave_owner(request.exchange->owner);
      return true;
    });
  std::erase_if(origins, unused);
  quit_if_done();
}

void pool_state::answer_late(clock::time_point now) {
  auto next = clock::time_point::max();
  answer_waiting([&](const exchange& exchange) {
    const auto total = exchange.request.deadlines.total;
    if (total.count() == 0)
      return failure{};
    if (now < exchange.begun + total) {
      next = std::min(next, exchange.begun + total);
      return failure{};
    }
    return failure{errc::timed_out, caused_by::local,
                   "the deadline 'total' of " + std::to_string(total.count())
                       + " ms passed while the request waited for a connection (limit connections_per_origin)"};
  });
  if (next != clock::time_point::max())
    arm_deadline(std::max(next, now + deadline_grain));
}

void pool_state::owner_down(const caf::actor_addr& owner) {
  answer_waiting([&](const exchange& exchange) { return exchange.owner == owner ? owner_ended() : failure{}; });
  owners.erase(owner);
}

void pool_state::fail_waiting(const failure& why) {
  answer_waiting([&](const exchange&) { return why; });
}

} // namespace sluice
