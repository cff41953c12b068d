#include "connection.hpp"

#include <asio/buffer.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::chrono::milliseconds delivery_poll{2};
constexpr int delivery_polls_max = 500;

} // namespace

// ---- out -----------------------------------------------------------------------------------------

std::span<std::byte> connection::space() {
  if (out_begin_ != 0 || phase_ != phase::serving)
    return {};
  return {out_.get() + out_end_, out_max_ - out_end_};
}

void connection::commit(std::size_t n, std::size_t content) {
  out_end_ += n;
  out_body_ += content;
}

std::span<const std::byte> connection::outgoing() {
  if (!tls_)
    return {out_.get() + out_begin_, out_end_ - out_begin_};
  if (tls_->output().empty() && out_end_ != 0) {
    tls_->write({out_.get(), out_end_});
    add(shared_.figures.bytes_written, std::exchange(out_body_, 0));
    out_end_ = 0;
  }
  return tls_->output();
}

void connection::mark_sent(std::size_t n) {
  if (tls_)
    return tls_->drain(n);
  out_begin_ += n;
  // Content is counted as the last part of the buffer, which is exact but for framing in between.
  const auto body_left = std::min(out_body_, out_end_ - out_begin_);
  add(shared_.figures.bytes_written, out_body_ - body_left);
  out_body_ = body_left;
  if (out_begin_ == out_end_)
    out_begin_ = out_end_ = 0;
}

connection::flushed connection::flush() {
  bool sent = false;
  for (auto bytes = outgoing(); !bytes.empty(); bytes = outgoing()) {
    std::error_code problem;
    const auto n = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), problem);
    if (problem == asio::error::would_block || problem == asio::error::try_again)
      return flushed::blocked;
    if (problem)
      return flushed::gone;
    mark_sent(n);
    sent = true;
  }
  return sent ? flushed::all : flushed::nothing;
}

/// Sends what there is. True when that made room for more.
bool connection::send() {
  if (phase_ != phase::serving && phase_ != phase::finishing)
    return false;
  const auto result = flush();
  if (result == flushed::gone) {
    close_now();
    return false;
  }
  if (result == flushed::blocked) {
    add(shared_.figures.blocked_writes, 1);
    if (protocol_ && protocol_->drops_when_blocked())
      close_now();
    else
      arm_write();
    return false;
  }
  if (phase_ == phase::finishing)
    finish();
  return result == flushed::all && phase_ == phase::serving;
}

void connection::arm_write() {
  waiting_to_write_ = true;
  add(shared_.figures.connections_blocked, 1);
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](std::error_code problem) {
    if (std::exchange(self->waiting_to_write_, false))
      subtract(self->shared_.figures.connections_blocked, 1);
    if (self->phase_ == phase::closed)
      return;
    if (problem)
      return self->close_now();
    self->advance();
  });
}

// ---- ends ----------------------------------------------------------------------------------------

void connection::finish_as(then next) {
  if (phase_ != phase::serving)
    return;
  phase_ = phase::finishing;
  ending_ = next;
  unparsed_ = {};
}

/// Looked at now and then only: a request costs no timer.
void connection::watch_requests() {
  const auto time = shared_.settings.request_timeout;
  if (time.count() == 0)
    return;
  requests_then_ = protocol_ ? protocol_->requests_begun : 0;
  request_timer_.expires_after(time);
  request_timer_.async_wait([self = weak_from_this()](std::error_code cancelled) {
    const auto alive = self.lock();
    if (cancelled || !alive || alive->phase_ == phase::closed)
      return;
    const auto* protocol = alive->protocol_.get();
    if (protocol != nullptr && (protocol->busy() || protocol->requests_begun != alive->requests_then_))
      alive->watch_requests();
    else
      alive->close_now();
  });
}

/// Everything was sent.
void connection::finish() {
  if (ending_ == then::reset)
    return reset_when_delivered(delivery_polls_max);
  if (ending_ == then::drop)
    return close_now();
  if (tls_ && ending_ != then::cut) {
    tls_->close();
    if (const auto now = flush(); now == flushed::gone)
      return close_now();
    // A close_notify that does not fit is not waited for: the client is not reading.
  }
  linger();
}

/// Closing while the client still sends would destroy what it has not read yet (RFC 9112 §9.6).
void connection::linger() {
  phase_ = phase::lingering;
  std::error_code problem;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, problem);
  if (problem || end_of_input_)
    return close_now();
  timer_.expires_after(linger_time);
  timer_.async_wait([self = shared_from_this()](std::error_code cancelled) {
    if (!cancelled)
      self->close_now();
  });
}

/// A RST throws away what the kernel has not delivered, so it waits for that; bounded, as the client may not read.
void connection::reset_when_delivered(int polls_left) {
  phase_ = phase::lingering;
  int undelivered = 0;
  if (polls_left > 0 && ioctl(socket_.native_handle(), SIOCOUTQ, &undelivered) == 0 && undelivered > 0) {
    timer_.expires_after(delivery_poll);
    timer_.async_wait([self = shared_from_this(), polls_left](std::error_code cancelled) {
      if (!cancelled && self->phase_ != phase::closed)
        self->reset_when_delivered(polls_left - 1);
    });
    return;
  }
  std::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close_now();
}

void connection::close_now() {
  if (std::exchange(phase_, phase::closed) == phase::closed)
    return;
  subtract(shared_.figures.connections_open, 1);
  if (protocol_)
    protocol_->abandon();
  unparsed_ = {};
  timer_.cancel();
  request_timer_.cancel();
  std::error_code ignored;
  socket_.close(ignored);
}

} // namespace sluice::origin
