#include <sluice/actors/runtime.hpp>

#include <sluice/actors/alternatives_book.hpp>
#include <sluice/actors/exchange.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/pool.hpp>
#include <sluice/protocols/quic/context.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <csignal>

namespace sluice {

namespace {

struct client_state {
  static inline const char* name = "sluice.client";
  explicit client_state(void*) {} // else a stateful actor takes it for an aggregate around its own pointer
  pool connections;
};
using client_actor = pinned_actor<client, client_state>;

failure invalid_field(const http::field& x) {
  return {errc::invalid_request, caused_by::local, "the header '" + x.name.substr(0, 60) + "' has a name that is not a token or a value with control characters"};
}

/// Checks a request before anything is opened for it.
failure check(const request& x) {
  if (!http::is_token(x.method))
    return {errc::invalid_request, caused_by::local, "the method '" + x.method.substr(0, 40) + "' is not a token"};
  for (const auto& field : x.fields)
    if (!http::is_token(field.name) || !http::is_field_value(field.value))
      return invalid_field(field);
  return {};
}

client::behavior_type run_client(client_actor* self, const std::shared_ptr<client_shared>& shared) {
  quiet(self);
  self->state.connections = spawn_pool(self->home(), self->address(), shared);
  self->set_exit_handler([self](caf::exit_msg& x) { self->quit(x.reason); });
  return {
    [self, shared](request& x) -> caf::result<response> {
      shared->requests.fetch_add(1, std::memory_order_relaxed);
      if (auto problem = check(x))
        return make_error(problem);
      auto where = uri::parse(x.url);
      if (!where)
        return make_error(where.error());
      auto what = std::make_shared<exchange>();
      what->what = std::move(x);
      what->where = *std::move(where);
      what->owner = caf::actor_cast<caf::actor_addr>(self->current_sender());
      what->shared = shared;
      what->counters = std::make_shared<flow_counters>(shared->totals);
      what->begun = std::chrono::steady_clock::now();
      return self->delegate(self->state.connections, fetch_atom::value, std::move(what));
    },
    [self](stats_atom) { return self->delegate(self->state.connections, stats_atom::value); },
  };
}

failure out_of_range(const char* field, const std::string& range) {
  return {errc::invalid_configuration, caused_by::local, std::string{"client_config."} + field + " must be " + range};
}

} // namespace

failure check(const client_config& x) {
  if (x.first_window < wire_bytes{4096} || x.first_window > wire_bytes{1u << 30})
    return out_of_range("first_window", "from 4096 to 1073741824 bytes");
  if (x.largest_window < x.first_window || x.largest_window > wire_bytes{1u << 30})
    return out_of_range("largest_window", "from first_window to 1073741824 bytes");
  if (x.memory_budget < x.first_window)
    return out_of_range("memory_budget", "at least first_window");
  if (x.connections_per_origin < 1 || x.connections_per_origin > 65535)
    return out_of_range("connections_per_origin", "from 1 to 65535");
  if (x.connections < 1)
    return out_of_range("connections", "at least 1");
  if (x.stalled_streams_per_connection < 1)
    return out_of_range("stalled_streams_per_connection", "at least 1");
  if (x.http2.connection_window < 65535 || x.http2.connection_window > 0x7fffffff)
    return out_of_range("http2.connection_window", "from 65535 to 2147483647 bytes");
  if (x.http2.concurrent_streams < 1 || x.http2.head_bytes < 64 || x.http2.field_count < 8 || x.http2.continuation_frames < 1)
    return out_of_range("http2", "limits that a plain response fits into");
  if (x.http3.concurrent_streams < 1 || x.http3.head_bytes < 64 || x.http3.field_count < 8)
    return out_of_range("http3", "limits that a plain response fits into");
  if (x.quic.connection_window < 65535)
    return out_of_range("quic.connection_window", "at least 65535 bytes");
  if (x.quic.datagram_bytes < 1200 || x.quic.datagram_bytes > 1500)
    return out_of_range("quic.datagram_bytes", "from 1200 to 1500");
  if (x.quic.batch_bytes < x.quic.datagram_bytes || x.quic.batch_bytes > 65000)
    return out_of_range("quic.batch_bytes", "from quic.datagram_bytes to 65000");
  if (x.quic.handshake_timeout.count() <= 0 || x.quic.early_handshake_timeout.count() <= 0 || x.quic.idle_timeout.count() < 0 || x.quic.keep_alive_after.count() < 0 || x.http3_head_start.count() < 0)
    return out_of_range("quic", "free of negative times");
  using std::chrono::milliseconds;
  if (x.connection_attempt_delay < milliseconds{10} || x.connection_attempt_delay > milliseconds{2'000})
    return out_of_range("connection_attempt_delay", "from 10 to 2000 ms");
  if (x.connection_attempts < 1 || x.connection_attempts > 64)
    return out_of_range("connection_attempts", "from 1 to 64");
  if (x.connection_attempt_timeout < milliseconds{1} || x.connection_attempt_timeout > milliseconds{3'600'000})
    return out_of_range("connection_attempt_timeout", "from 1 to 3600000 ms");
  if (x.lookup_timeout < milliseconds{1} || x.lookup_timeout > milliseconds{3'600'000})
    return out_of_range("lookup_timeout", "from 1 to 3600000 ms");
  if (x.idle_timeout.count() <= 0)
    return out_of_range("idle_timeout", "more than 0 ms");
  if (x.http1.start_line_bytes < 16 || x.http1.field_line_bytes < 16 || x.http1.head_bytes < 64 || x.http1.chunk_line_bytes < 3)
    return out_of_range("http1", "limits that a plain response fits into");
  if (!http::is_field_value(x.user_agent))
    return out_of_range("user_agent", "free of control characters");
  return {};
}

struct runtime::implementation {
  caf::actor_system& system;
  std::vector<std::unique_ptr<loop>> loops;
};

result_or_failure<std::shared_ptr<quic::client_context>> client_shared::quic() {
  std::call_once(quic_asked_, [this] {
    if (config.tls.maximum < tls::version::tls1_3) {
      quic_ = failure{errc::invalid_configuration, caused_by::local, "HTTP/3 needs TLS 1.3, which client_config.tls.maximum excludes"};
      return;
    }
    auto over_quic = config.tls;
    over_quic.alpn = {"h3"};
    quic_ = quic::client_context::make(over_quic);
  });
  return *quic_;
}

runtime::runtime(caf::actor_system& system, runtime_config config) : implementation_(new implementation{system, {}}) {
  std::signal(SIGPIPE, SIG_IGN); // a write to a closed socket is an error value, not the end of the process
  for (std::size_t i = 0; i < std::clamp<std::size_t>(config.loops, 1, 64); ++i)
    implementation_->loops.push_back(std::make_unique<loop>(system));
  for (auto& x : implementation_->loops)
    x->start();
}

runtime::~runtime() {
  for (auto& x : implementation_->loops)
    x->stop();
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
  auto alternatives = alternatives_book::open(shared->config.alternative_services_file);
  if (!alternatives)
    return alternatives.error();
  shared->alternatives = *std::move(alternatives);
  if (config.protocol == http_choice::http3_only)
    if (auto quic = shared->quic(); !quic)
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
