#include <sluice/actors/connect/tcp_attempt.hpp>

#include <sluice/actors/io/descriptors.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <sys/socket.h>

namespace sluice {

using asio::ip::tcp;

tcp_attempt::tcp_attempt(exchange_ptr exchange, const asio::ip::tcp::endpoint& where,
                         std::shared_ptr<const local_binding> from, loop& home, handler_binder bind)
  : attempt(std::move(exchange), where.address().to_string() + " port " + std::to_string(where.port()),
            std::move(bind)),
    home_(home), remote_(where), from_(std::move(from)), socket_(home.io()) {}

tcp_attempt::tcp_attempt(exchange_ptr exchange, const asio::local::stream_protocol::endpoint& where, std::string text,
                         loop& home, handler_binder bind)
  : attempt(std::move(exchange), std::move(text), std::move(bind)), home_(home), remote_(where), socket_(home.io()) {}

attempt::outcome tcp_attempt::begin() {
  exchange_->emit_trace(trace_kind::connecting, [&] { return address_text(); });
  std::error_code code;
  socket_.open(remote_.protocol(), code);
  if (code)
    return {nullptr, socket_failure(code, {errc::connect_failed, caused_by::local, "no socket"})};
  if (from_)
    if (auto problem = bind_socket(socket_.native_handle(), remote_.protocol().family() == AF_INET6, *from_))
      return {nullptr, std::move(problem)};
  socket_.async_connect(remote_,
                        bind_([this, keep = shared_from_this()](const std::error_code& result) { connected(result); }));
  return {};
}

void tcp_attempt::connected(const std::error_code& code) {
  if (closed_)
    return;
  if (code)
    return end({nullptr, {errc::connect_failed, caused_by::transport, code.message()}});
  std::error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  socket_.set_option(asio::socket_base::keep_alive{true}, ignored); // finds dead hosts behind paused bodies
  const bool secure = exchange_->where.secure();
  auto session = secure ? exchange_->shared->tls->connect(exchange_->where.host, exchange_->where.port,
                                                          exchange_->http1_only ? "http/1.1" : "")
                        : nullptr;
  link_ = std::make_shared<tcp_transport>(std::move(socket_), std::move(session), home_.blocks());
  exchange_->emit_trace(trace_kind::connected, [&] { return link_->peer(); });
  if (!secure)
    return end({std::exchange(link_, nullptr), {}});
  on_progress();
  handshake();
}

void tcp_attempt::handshake() {
  if (closed_)
    return;
  switch (link_->handshake()) {
    case read_state::ok: return end({std::exchange(link_, nullptr), {}});
    case read_state::would_block: break;
    default: return end({nullptr, link_->error()});
  }
  auto again = bind_([this, keep = shared_from_this()](const std::error_code& code) {
    if (code || closed_)
      return;
    if (!link_->output_pending() && !std::exchange(answer_reported_, true))
      on_progress();
    handshake();
  });
  link_->output_pending() ? link_->wait_writable(std::move(again)) : link_->wait_readable(std::move(again));
}

void tcp_attempt::end(outcome result) {
  closed_ = true;
  if (!result.ready) {
    if (result.problem.by == caused_by::local)
      result.problem = explain_local_failure(std::move(result.problem)); // before a descriptor is given back
    close();
  }
  on_end(std::move(result));
}

void tcp_attempt::close() {
  closed_ = true;
  std::error_code ignored;
  socket_.close(ignored);
  if (link_)
    link_->close();
}

} // namespace sluice
