#include <sluice/actors/client/client.hpp>

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/client/client_bounds.hpp>
#include <sluice/actors/client/follower.hpp>
#include <sluice/actors/client/pool.hpp>
#include <sluice/actors/client/trace_feed.hpp>
#include <sluice/actors/connect/address_book.hpp>
#include <sluice/protocols/quic/context.hpp>

namespace sluice {

client_shared::client_shared(client_config checked_config)
  : config(std::move(checked_config)), budget(config.memory_budget),
    names(std::make_shared<address_book>(config.addressing)),
    retry_budget(config.retry_budget_percent, config.retry_budget_a_second) {}

result_or_failure<std::shared_ptr<quic::client_context>> client_shared::quic() {
  std::call_once(quic_asked_, [this] {
    if (config.tls.maximum < tls::version::tls1_3) {
      quic_ = failure{errc::invalid_configuration, caused_by::local,
                      "HTTP/3 needs TLS 1.3, which client_config.tls.maximum excludes"};
      return;
    }
    auto over_quic = config.tls;
    over_quic.alpn = {"h3"};
    quic_ = quic::client_context::make(over_quic);
  });
  return *quic_;
}

namespace {

struct client_state {
  static inline const char* name = "sluice.client";
  explicit client_state(void*) {} // else a stateful actor takes it for an aggregate around its own pointer
  pool connections;
  failure problem; // the pool is gone
};
using client_actor = pinned_actor<client, client_state>;

client::behavior_type run_client(client_actor* self, const std::shared_ptr<client_shared>& shared) {
  quiet(self);
  state_of(self).connections = spawn_pool(self->home(), self->address(), shared);
  watch(self, state_of(self).connections);
  on_down(self, [self](const caf::actor_addr&, const caf::error& why) {
    state_of(self).problem = failure_of(why);
    state_of(self).problem.detail = "the client's connection pool failed: " + state_of(self).problem.detail;
    state_of(self).problem.code = errc::internal;
  });
  self->set_exit_handler([self](caf::exit_msg& message) { self->quit(message.reason); });
  return {
      [self, shared](request& request) -> caf::result<response> {
        shared->requests.fetch_add(1, std::memory_order_relaxed);
        if (state_of(self).problem)
          return make_error(state_of(self).problem);
        if (auto problem = check(request, largest_explicit_window(shared->config)))
          return make_error(problem);
        auto where = uri::parse(request.url);
        if (!where)
          return make_error(where.error());
        auto exchange = std::make_shared<sluice::exchange>();
        exchange->request = std::move(request);
        if (exchange->request.observer)
          exchange->request.observer = spawn_trace_feed(self->home(), std::move(exchange->request.observer));
        exchange->where = *std::move(where);
        exchange->owner = caf::actor_cast<caf::actor_addr>(self->current_sender());
        exchange->shared = shared;
        exchange->counters = std::make_shared<flow_counters>(shared->totals);
        exchange->begun = loop_clock::now();
        if (needs_follower(exchange->request))
          return self->delegate(spawn_follower(self->home(), caf::actor_cast<client>(self), state_of(self).connections),
                                begin_atom::value, std::move(exchange));
        return self->delegate(state_of(self).connections, fetch_atom::value, std::move(exchange));
      },
      [self, shared](stats_atom) -> caf::result<client_stats> {
        auto promise = self->make_response_promise<client_stats>();
        self->request(state_of(self).connections, caf::infinite,
                      stats_atom::value) // the pool's handler answers at once
            .then(
                [promise, shared](client_stats& figures) mutable {
                  shared->alternatives->tell(figures);
                  promise.deliver(std::move(figures));
                },
                [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
        return promise;
      },
  };
}

} // namespace

client spawn_client_actor(loop& home, std::shared_ptr<client_shared> shared) {
  return spawn_on(home, run_client, std::move(shared));
}

} // namespace sluice
