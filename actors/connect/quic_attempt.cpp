#include <sluice/actors/connect/quic_attempt.hpp>

#include <sluice/actors/io/descriptors.hpp>
#include <sluice/protocols/quic/context.hpp>

namespace sluice {

namespace {

using clock = loop_clock;

/// Event sink of an engine in its handshake: there is no exchange yet. The connection that takes the engine over
/// replaces it.
struct no_events final : http::engine_events {
  void on_interim(std::uint32_t, http::response_head&&) override {}
  void on_head(std::uint32_t, http::response_head&&) override {}
  void on_body(std::uint32_t, std::span<const std::byte>) override {}
  void on_end(std::uint32_t, http::fields&&) override {}
  void on_failure(std::uint32_t, failure&&, bool, bool) override {}
  void on_closed(std::uint32_t, bool) override {}
  void on_trace(std::uint32_t, std::string&&) override {}
};

std::string text_of(const quic::address& address) {
  return to_endpoint(address).address().to_string() + " port " + std::to_string(address.port);
}

} // namespace

quic_attempt::quic_attempt(exchange_ptr exchange, const quic::address& where, const quic::client_context& context,
                           const quic::limits& limits, std::shared_ptr<const local_binding> from, loop& home,
                           handler_binder bind)
  : attempt(std::move(exchange), text_of(where), std::move(bind)), home_(home), remote_(where), context_(context),
    limits_(limits), from_(std::move(from)), timer_(home.io()) {}

quic_attempt::~quic_attempt() = default;

attempt::outcome quic_attempt::begin() {
  static no_events nobody_listens;
  exchange_->emit_trace(trace_kind::connecting, [&] { return address_text() + " over QUIC"; });
  auto made = datagram_socket::connect(home_.io(), remote_, from_);
  if (!made)
    return {nullptr, made.error()};
  const auto& config = exchange_->shared->config;
  const quic::path path{made->local(), remote_};
  auto engine =
      std::make_unique<http3::engine>(nobody_listens, config.http3, config.first_window, context_,
                                      exchange_->where.host, exchange_->where.port, path, limits_, clock::now());
  const bool early = engine->connection().early();
  if (exchange_->request.observer)
    engine->trace(true);
  link_ = std::make_shared<quic_transport>(*std::move(made), std::move(engine));
  if (early) {
    closed_ = true;
    return {std::exchange(link_, nullptr), {}};
  }
  // The handshake may end within its first step (no memory, no route): not within this call.
  asio::post(home_.io(),
             [step = bind_([this, keep = shared_from_this()](const std::error_code&) { drive(); })] { step({}); });
  return {};
}

void quic_attempt::drive() {
  if (closed_)
    return;
  switch (link_->handshake(clock::now())) {
    case read_state::ok: return end({std::exchange(link_, nullptr), {}});
    case read_state::would_block: break;
    default: return end({nullptr, link_->error()});
  }
  if (link_->answered() && !std::exchange(answer_reported_, true))
    on_progress();
  if (!std::exchange(read_wait_pending_, true))
    link_->wait_readable(bind_([this, keep = shared_from_this()](const std::error_code&) {
      read_wait_pending_ = false;
      drive();
    }));
  timer_.expires_at(link_->deadline());
  timer_.async_wait(bind_([this, keep = shared_from_this()](const std::error_code& code) {
    if (!code)
      drive();
  }));
}

void quic_attempt::end(outcome result) {
  closed_ = true;
  timer_.cancel();
  if (result.ready) {
    result.ready->cancel_waits();
  } else {
    if (result.problem.by == caused_by::local)
      result.problem = explain_local_failure(std::move(result.problem)); // before a descriptor is given back
    close();
  }
  on_end(std::move(result));
}

void quic_attempt::close() {
  closed_ = true;
  timer_.cancel();
  if (link_)
    link_->close();
}

} // namespace sluice
