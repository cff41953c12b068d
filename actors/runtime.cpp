#include <sluice/actors/runtime.hpp>

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/client/client_bounds.hpp>
#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/client/file_writer.hpp>
#include <sluice/actors/client/pool.hpp>
#include <sluice/actors/client/trace_feed.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/protocols/quic/context.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <algorithm>

namespace sluice {

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
  self->state.connections = spawn_pool(self->home(), self->address(), shared);
  self->monitor(self->state.connections);
  self->set_down_handler([self](caf::down_msg& x) {
    self->state.problem = failure_of(x.reason);
    self->state.problem.detail = "the client's connection pool failed: " + self->state.problem.detail;
    self->state.problem.code = errc::internal;
  });
  self->set_exit_handler([self](caf::exit_msg& x) { self->quit(x.reason); });
  return {
      [self, shared](request& x) -> caf::result<response> {
        shared->requests.fetch_add(1, std::memory_order_relaxed);
        if (self->state.problem)
          return make_error(self->state.problem);
        if (auto problem = check(x, largest_explicit_window(shared->config)))
          return make_error(problem);
        auto where = uri::parse(x.url);
        if (!where)
          return make_error(where.error());
        auto exchange = std::make_shared<sluice::exchange>();
        exchange->request = std::move(x);
        if (exchange->request.observer)
          exchange->request.observer = spawn_trace_feed(self->home(), std::move(exchange->request.observer));
        exchange->where = *std::move(where);
        exchange->owner = caf::actor_cast<caf::actor_addr>(self->current_sender());
        exchange->shared = shared;
        exchange->counters = std::make_shared<flow_counters>(shared->totals);
        exchange->begun = std::chrono::steady_clock::now();
        return self->delegate(self->state.connections, fetch_atom::value, std::move(exchange));
      },
      [self, shared](stats_atom) -> caf::result<client_stats> {
        auto promise = self->make_response_promise<client_stats>();
        self->request(self->state.connections, caf::infinite, stats_atom::value) // the pool's handler answers at once
            .then(
                [promise, shared](client_stats& x) mutable {
                  shared->alternatives->tell(x);
                  promise.deliver(std::move(x));
                },
                [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
        return promise;
      },
  };
}

} // namespace

struct runtime::implementation {
  caf::actor_system& system;
  std::vector<std::unique_ptr<loop>> loops;
  std::shared_ptr<file_writer> files = std::make_shared<file_writer>();
};

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

runtime::runtime(caf::actor_system& system, runtime_config config) : implementation_(new implementation{system, {}}) {
  for (std::size_t i = 0; i < std::clamp<std::size_t>(config.loops, 1, 64); ++i)
    implementation_->loops.push_back(std::make_unique<loop>(system));
  for (auto& x : implementation_->loops)
    x->start();
}

runtime::~runtime() {
  for (auto& x : implementation_->loops)
    x->stop();
  // `files`, destroyed next, writes what clients learnt last. Nothing calls it any more.
}

result_or_failure<client> runtime::spawn_client(const client_config& config) {
  if (auto problem = check(config))
    return problem;
  auto shared = std::make_shared<client_shared>(config);
  auto& alpn = shared->config.tls.alpn;
  switch (config.protocol) {
    case http_choice::automatic:
    case http_choice::http3: alpn = {"h2", "http/1.1"}; break;
    case http_choice::http1: alpn = {"http/1.1"}; break;
    default: alpn = {"h2"}; break;
  }
  auto tls = tls::client_context::make(shared->config.tls);
  if (!tls)
    return tls.error();
  shared->tls = *std::move(tls);
  if (!config.alternative_services_file.empty())
    implementation_->files->flush(file_writer::patience); // what another client has learnt for the same file
  auto alternatives = alternatives_book::open(config.alternative_services_file, implementation_->files);
  if (!alternatives)
    return alternatives.error();
  shared->alternatives = *std::move(alternatives);
  // Trust and certificates for QUIC are read here, not on a loop by the first connection. Where TCP will do, a failure
  // shows there.
  if (may_use_http3(config.protocol))
    if (auto quic = shared->quic(); !quic && config.protocol == http_choice::http3_only)
      return quic.error();
  for (auto& x : implementation_->loops)
    shared->loops.push_back(x.get());
  return spawn_on(home(), run_client, std::move(shared));
}

std::size_t runtime::live_actors() const {
  std::size_t n = 0;
  for (const auto& x : implementation_->loops)
    n += x->residents();
  return n;
}

std::size_t runtime::blocks_in_use() const {
  std::size_t n = 0;
  for (const auto& x : implementation_->loops)
    n += x->blocks()->in_use();
  return n;
}

caf::actor_system& runtime::system() noexcept { return implementation_->system; }
loop& runtime::home(std::size_t i) { return *implementation_->loops[i % implementation_->loops.size()]; }

} // namespace sluice
