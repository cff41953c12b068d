#include "connection.hpp"

#include "http1_session.hpp"
#include "http2_session.hpp"

#include <asio/buffer.hpp>
#include <asio/post.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr std::size_t in_max = 64u << 10;
constexpr std::size_t plain_max = 16u << 10;
constexpr std::size_t tls_out_max = 64u << 10; // plaintext held as ciphertext as well
constexpr int rounds_max = 8;                  // before other connections get their turn

/// A client whose process has gone cannot say so while nothing of it is read: its FIN waits behind bytes that its
/// kernel gives up after a while. A probe is then answered by a reset (RFC 9293 section 3.8.4).
void ask_whether_the_peer_lives(asio::ip::tcp::socket& socket) {
  const int on = 1, idle_seconds = 10, seconds_between = 5;
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds_between, sizeof seconds_between);
}

} // namespace

connection::connection(asio::ip::tcp::socket socket, shared_state& shared, std::unique_ptr<tls::session> session)
  : socket_(std::move(socket)), timer_(socket_.get_executor()), request_timer_(socket_.get_executor()), shared_(shared),
    tls_(std::move(session)), in_(std::make_unique_for_overwrite<std::byte[]>(in_max)),
    out_max_(tls_ ? std::min(shared.settings.buffer_bytes, tls_out_max) : shared.settings.buffer_bytes) {
  // Uninitialised on purpose: pages that are never needed are never touched.
  out_ = std::make_unique_for_overwrite<std::byte[]>(out_max_);
  if (tls_)
    plain_ = std::make_unique_for_overwrite<std::byte[]>(plain_max);
  add(shared_.figures.connections_open, 1);
}

connection::~connection() {
  if (phase_ != phase::closed)
    subtract(shared_.figures.connections_open, 1);
  if (waiting_to_write_)
    subtract(shared_.figures.connections_blocked, 1);
}

void connection::start() {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ask_whether_the_peer_lives(socket_);
  if (shared_.settings.send_buffer_bytes != 0)
    socket_.set_option(asio::socket_base::send_buffer_size(static_cast<int>(shared_.settings.send_buffer_bytes)),
                       ignored);
  watch_requests();
  advance();
}

void connection::advance() {
  for (int round = 0; phase_ != phase::closed && !waiting_to_write_; ++round) {
    if (round == rounds_max) {
      asio::post(socket_.get_executor(), [self = shared_from_this()] { self->advance(); });
      return;
    }
    work();
    if (!send())
      break;
  }
  if (waiting_to_write_ && protocol_ && protocol_->consumes_while_blocked())
    take_input();
  arm_read();
}

/// Takes input and produces output until neither gets on: then something must be sent, or come, or time must pass.
void connection::work() {
  bool moved = true;
  while (moved && phase_ == phase::serving) {
    moved = take_input();
    if (protocol_ && phase_ == phase::serving)
      moved = protocol_->produce() || moved;
  }
}

void connection::wake_after(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> f) {
  timer.expires_after(time);
  timer.async_wait([self = shared_from_this(), f = std::move(f)](std::error_code problem) {
    if (problem || self->phase_ == phase::closed)
      return;
    f();
    self->advance();
  });
}

// ---- in ------------------------------------------------------------------------------------------

bool connection::take_input() {
  bool moved = false;
  while (phase_ == phase::serving) {
    if (unparsed_.empty() && decrypt())
      moved = true;
    if (phase_ != phase::serving || (!protocol_ && !choose_protocol()) || !protocol_->consume(unparsed_))
      break;
    moved = true;
  }
  return moved;
}

/// By ALPN where TLS agreed on something; on the plain port, by how the client begins (RFC 9113 §3.3).
bool connection::choose_protocol() {
  bool is_http2 = false;
  if (tls_) {
    if (!tls_->established())
      return false;
    is_http2 = tls_->info().alpn == "h2";
  } else if (shared_.settings.http2.enabled) {
    if (!sniff_preface())
      return false;
    is_http2 = preface_ == http2_preface;
  }
  if (is_http2)
    protocol_ = std::make_unique<http2_session>(*this, shared_);
  else
    protocol_ = std::make_unique<http1_session>(*this, shared_);
  auto held = std::as_bytes(std::span(preface_));
  while (!held.empty() && protocol_->consume(held)) {
  }
  return phase_ == phase::serving;
}

/// True when it is decided: preface_ is the whole of it, or not its beginning.
bool connection::sniff_preface() {
  while (!unparsed_.empty() && http2_preface.starts_with(preface_) && preface_ != http2_preface) {
    preface_ += static_cast<char>(unparsed_.front());
    unparsed_ = unparsed_.subspan(1);
  }
  return !preface_.empty() && (preface_ == http2_preface || !http2_preface.starts_with(preface_));
}

/// With TLS: more plaintext, once the last was used up.
bool connection::decrypt() {
  if (!tls_ || end_of_input_)
    return false;
  const auto got = tls_->read({plain_.get(), plain_max});
  unparsed_ = {plain_.get(), got.bytes};
  if (got.state == tls::state::closed)
    end_of_input_ = true;
  if (got.state == tls::state::failed) {
    end_of_input_ = true;
    if (!tls_->established()) {
      add(shared_.figures.tls_failures, 1);
      finish_as(then::cut); // after the alert
    }
  }
  if (end_of_input_ && unparsed_.empty())
    on_end_of_input();
  return got.bytes != 0;
}

bool connection::reads_now() const {
  if (reading_ || transport_ended_ || end_of_input_)
    return false;
  if (phase_ == phase::lingering)
    return true;
  if (phase_ != phase::serving || !unparsed_.empty() || (tls_ && tls_->has_input()))
    return false;
  return !protocol_ || protocol_->wants_input();
}

void connection::arm_read() {
  if (!reads_now())
    return watch_for_loss();
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(in_.get(), in_max),
      [self = shared_from_this()](std::error_code problem, std::size_t n) { self->on_read(problem, n); });
}

/// While nothing is read: a reset ends the connection, however long the pause is.
void connection::watch_for_loss() {
  if (watching_for_loss_ || reading_ || phase_ != phase::serving)
    return;
  watching_for_loss_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_error, [self = shared_from_this()](std::error_code) {
    self->watching_for_loss_ = false;
    int problem = 0;
    socklen_t size = sizeof problem;
    if (self->phase_ == phase::closed)
      return;
    getsockopt(self->socket_.native_handle(), SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem != 0)
      self->close_now();
    else
      self->advance();
  });
}

void connection::on_read(std::error_code problem, std::size_t n) {
  reading_ = false;
  if (phase_ == phase::closed)
    return;
  if (problem == asio::error::eof) {
    transport_ended_ = true;
    if (tls_ && phase_ == phase::serving) {
      tls_->receive_end(); // decrypt() will tell
    } else {
      end_of_input_ = true;
      on_end_of_input();
    }
  } else if (problem) {
    return close_now();
  } else if (phase_ == phase::serving) {
    if (tls_)
      tls_->receive({in_.get(), n});
    else
      unparsed_ = {in_.get(), n};
  }
  advance();
}

void connection::on_end_of_input() {
  if (phase_ == phase::serving && !protocol_)
    finish_as(then::close);
  else if (phase_ == phase::serving)
    protocol_->input_ended();
  else if (phase_ == phase::lingering)
    close_now();
}

} // namespace sluice::origin
