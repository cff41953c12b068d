#include "http3_connection.hpp"

#include "http3_listener.hpp"

#include <asio/post.hpp>

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr int batches_max = 16; // before other connections get their turn

quic::limits limits_of(const http3_config& settings) {
  quic::limits result;
  result.congestion_control =
      quic::congestion_control::bbr; // what is tested over links that lose is the client, not CUBIC
  result.stream_window = settings.stream_window;
  result.connection_window = settings.connection_window;
  result.peer_bidi_streams = settings.max_concurrent_streams;
  result.datagram_bytes = settings.datagram_bytes;
  result.early_data = settings.early_data;
  result.idle_timeout = settings.idle_timeout;
  return result;
}

quic::time_point now() { return std::chrono::steady_clock::now(); }

} // namespace

http3_connection::http3_connection(http3_listener& owner, shared_state& shared, const quic::server_context& context,
                                   const quic::path& where, std::span<const std::byte> first)
  : owner_(owner), shared_(shared), timer_(owner.executor()), request_timer_(owner.executor()), app_(*this, shared),
    quic_(app_, context, where, first, limits_of(shared.settings.http3), now()) {
  app_.put_on(quic_);
  add(shared_.figures.connections_open);
}

http3_connection::~http3_connection() { subtract(shared_.figures.connections_open); }

void http3_connection::receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram) {
  if (!frozen_)
    quic_.receive(from, mark, datagram, now());
}

void http3_connection::flush() {
  const auto self = shared_from_this();
  if (gone_ || frozen_)
    return;
  for (int batch = 0; move(); ++batch)
    if (batch == batches_max) {
      asio::post(executor(), [self] { self->flush(); });
      break;
    }
  take_ids();
  if (waits_for_socket)
    return;
  if (reset_)
    owner_.send_stateless_resets(*this);
  gone_ = reset_ || quic_.ended();
  if (gone_ && !quic_.established() && !reset_ && quic_.problem().code >= errc::tls_handshake
      && quic_.problem().code <= errc::tls_truncated)
    add(shared_.figures.tls_failures);
  if (gone_)
    owner_.remove(*this);
  else if (!frozen_)
    arm();
}

/// False when there is nothing to do before something comes or time passes.
bool http3_connection::move() {
  const auto time = now();
  if (quic_.deadline() <= time)
    quic_.on_time(time);
  const bool moved = app_.advance();
  if (frozen_ || reset_ || !owner_.takes_output(shared_from_this()))
    return false;
  const auto batch = quic_.next_datagrams(owner_.buffer(), time);
  if (batch.bytes != 0)
    owner_.send(batch);
  return moved || batch.bytes != 0;
}

void http3_connection::take_ids() {
  for (const auto& change : quic_.take_id_changes()) {
    if (change.added) {
      ids_.push_back(change.id);
      owner_.add(change.id, shared_from_this());
    } else {
      std::erase(ids_, change.id);
      owner_.remove(change.id);
    }
  }
}

void http3_connection::arm() {
  const auto at = quic_.deadline();
  if (at == quic::time_point::max())
    return;
  timer_.expires_at(at);
  timer_.async_wait([self = weak_from_this()](std::error_code problem) {
    if (const auto alive = self.lock(); alive && !problem)
      alive->flush();
  });
}

void http3_connection::watch_requests() {
  constexpr std::uint64_t no_error = 0x100; // RFC 9114 §8.1
  const auto time = shared_.settings.request_timeout;
  if (time.count() == 0)
    return;
  requests_then_ = app_.requests_begun();
  request_timer_.expires_after(time);
  request_timer_.async_wait([self = weak_from_this()](std::error_code problem) {
    const auto alive = self.lock();
    if (problem || !alive || alive->gone_ || alive->frozen_)
      return;
    if (alive->app_.busy() || alive->app_.requests_begun() != alive->requests_then_)
      return alive->watch_requests();
    alive->quic_.close(no_error, {errc::connection_closed, caused_by::local, "no request came"});
    alive->flush();
  });
}

void http3_connection::wake_after(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> f) {
  timer.expires_after(time);
  timer.async_wait([self = weak_from_this(), f = std::move(f)](std::error_code problem) {
    const auto alive = self.lock();
    if (problem || !alive || alive->gone_)
      return;
    f();
    alive->flush();
  });
}

void http3_connection::freeze(std::chrono::milliseconds time) {
  frozen_ = true;
  timer_.expires_after(time);
  timer_.async_wait([self = weak_from_this()](std::error_code problem) {
    if (const auto alive = self.lock(); alive && !problem) {
      alive->gone_ = true;
      alive->owner_.remove(*alive);
    }
  });
}

} // namespace sluice::origin
