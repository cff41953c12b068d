#include <sluice/actors/client/follower.hpp>

#include <sluice/actors/client/next_step.hpp>
#include <sluice/actors/io/shared_watch.hpp>
#include <sluice/messages/errors.hpp>

#include <string>
#include <utility>

namespace sluice {

namespace {

/// "2 s", "0.3 s".
std::string in_seconds(std::chrono::milliseconds delay) {
  const auto tenths = (delay.count() + 50) / 100;
  const auto fraction = tenths % 10;
  return std::to_string(tenths / 10) + (fraction == 0 ? "" : "." + std::to_string(fraction)) + " s";
}

struct follower_state {
  static inline const char* name = "sluice.follower";
  using self_type = pinned_actor<follower, follower_state>;

  explicit follower_state(self_type* self_pointer) : self(self_pointer), pause(self->home().io()) {}
  /// Also when the actor was killed: whoever asked does not wait.
  ~follower_state() {
    try {
      if (promise.pending())
        promise.deliver(make_error(
            {errc::internal, caused_by::local, "the follower of the request ended before there was an answer"}));
    } catch (...) { // no memory: whoever monitors the client is told
    }
  }

  self_type* self;
  client owner; // kept: its pool ends with it
  pool exchanges;
  exchange_ptr exchange; // the one under way, or the one to come
  caf::typed_response_promise<response> promise;
  loop_timer pause; // before a retry
  shared_watch watching_requester;

  void begin(exchange_ptr first) {
    exchange = std::move(first);
    promise = self->make_response_promise<response>();
    if (exchange->owner && !watching_requester.begin(self, exchange->owner))
      return fail(requester_ended());
    exchange->next = std::make_shared<next_step>();
    fetch();
  }

  static failure requester_ended() {
    return {errc::cancelled, caused_by::local, "the actor that made the request ended"};
  }

  void fetch() {
    if (exchange->source_touched && exchange->request.body.source)
      return renew_source();
    self->request(exchanges, caf::infinite, fetch_atom::value, exchange)
        .then([this](response& received) { answered(received); },
              [this](caf::error& error) { failed(failure_of(error)); });
  }

  /// A body of which something was pulled begins anew.
  void renew_source() {
    self->request(exchange->request.body.again, caf::infinite, begin_atom::value)
        .then(
            [this](body_source& made) {
              exchange->request.body.source = std::move(made);
              exchange->source_touched = false;
              fetch();
            },
            [this](caf::error& error) {
              fail({errc::consumer_failed, caused_by::local,
                    "the request's body cannot be made again: " + failure_of(error).detail});
            });
  }

  void answered(response& received) {
    switch (exchange->next->what) {
      case next_step::kind::follow: return follow(exchange->next->redirect, received);
      case next_step::kind::retry: return retry(*exchange->next);
      case next_step::kind::fail: return fail(std::move(exchange->next->problem));
      case next_step::kind::deliver: break;
    }
    promise.deliver(std::move(received));
    self->quit();
  }

  void failed(failure why) {
    const auto next = step_after(*exchange, why);
    if (next.what == next_step::kind::retry)
      return retry(next);
    if (exchange->retries > 0)
      why.detail += "; tried " + std::to_string(exchange->retries + 1) + " times";
    if (!next.reason.empty())
      why.detail += "; it is not sent again: " + next.reason;
    fail(std::move(why));
  }

  void fail(failure why) {
    if (promise.pending())
      promise.deliver(make_error(why));
    self->quit();
  }

  /// The exchange that comes after this one, with the same request as yet. It has figures of its own; its deadline
  /// `total` goes on from the beginning.
  exchange_ptr successor() const {
    auto result = std::make_shared<sluice::exchange>();
    result->request = exchange->request;
    result->where = exchange->where;
    result->owner = exchange->owner;
    result->shared = exchange->shared;
    result->counters = std::make_shared<flow_counters>(exchange->shared->totals);
    result->begun = exchange->begun;
    result->hops = exchange->hops;
    result->retries = exchange->retries;
    result->source_touched = exchange->source_touched;
    result->next = std::make_shared<next_step>();
    return result;
  }

  void follow(const policy::redirect_decision& to, response& received) {
    exchange->emit_trace(trace_kind::redirected,
                         [&] { return std::to_string(received.head.status) + " to " + policy::shown(to.where); });
    auto next = successor();
    next->where = to.where;
    next->request.url = to.where.to_string() + (to.fragment.empty() ? "" : "#" + to.fragment);
    next->request.method = to.method;
    for (const auto dropped : to.drop)
      next->request.fields.remove(dropped);
    if (exchange->where.secure()
        && !to.where.secure()) // whoever reads a request over http could redirect it to any host
      next->request.redirects.credentials.clear();
    if (to.authorization)
      next->request.fields.set("Authorization", *to.authorization);
    if (!to.keeps_body)
      next->request.body = request_body::none();
    next->hops.push_back({exchange->request.url, std::move(received.head)});
    exchange = std::move(next);
    fetch();
  }

  void retry(const next_step& step) {
    const auto delay = step.delay;
    exchange->shared->retries.fetch_add(1, std::memory_order_relaxed);
    exchange->emit_trace(trace_kind::retried, [&] {
      return "in " + in_seconds(delay) + ", retry " + std::to_string(exchange->retries + 1) + " of "
             + std::to_string(exchange->request.retries.attempts) + ": " + step.reason;
    });
    auto next = successor();
    next->http1_only = exchange->http1_only;
    ++next->retries;
    exchange = std::move(next);
    pause.expires_after(delay);
    pause.async_wait(self->bind([this](const std::error_code& code) {
      if (!code)
        fetch();
    }));
  }
};

follower::behavior_type run_follower(follower_state::self_type* self, const client& owner, const pool& exchanges) {
  auto& state = state_of(self);
  state.owner = owner;
  state.exchanges = exchanges;
  quiet(self, [self](const failure& why) { state_of(self).fail(why); });
  on_down(self, [self](const caf::actor_addr&, const caf::error&) {
    state_of(self).fail(follower_state::requester_ended());
  });
  self->set_exit_handler([self](caf::exit_msg& message) {
    state_of(self).fail({errc::cancelled, caused_by::local, "the client was shut down"});
    self->quit(message.reason);
  });
  return {[self](begin_atom, exchange_ptr& first) -> caf::result<response> {
    auto& my = state_of(self);
    my.begin(std::move(first));
    return my.promise;
  }};
}

} // namespace

follower spawn_follower(loop& home, client owner, pool exchanges) {
  return spawn_on(home, run_follower, std::move(owner), std::move(exchanges));
}

} // namespace sluice
