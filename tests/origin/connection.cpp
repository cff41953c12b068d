#include "connection.hpp"

#include "routes.hpp"

#include <asio/buffer.hpp>
#include <asio/post.hpp>

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr std::size_t in_max = 64u << 10;
constexpr std::size_t plain_max = 16u << 10;
constexpr std::size_t tls_out_max = 64u << 10; // plaintext held as ciphertext as well
constexpr int rounds_max = 8;                  // before other connections get their turn

} // namespace

counters shared_state::snapshot() const {
  constexpr auto relaxed = std::memory_order_relaxed;
  counters result;
  result.connections_accepted = figures.connections_accepted.load(relaxed);
  result.connections_open = figures.connections_open.load(relaxed);
  result.connections_blocked = figures.connections_blocked.load(relaxed);
  result.requests = figures.requests.load(relaxed);
  result.bytes_written = figures.bytes_written.load(relaxed);
  result.request_body_bytes = figures.request_body_bytes.load(relaxed);
  result.blocked_writes = figures.blocked_writes.load(relaxed);
  result.malformed_requests = figures.malformed_requests.load(relaxed);
  result.tls_failures = figures.tls_failures.load(relaxed);
  return result;
}

connection::connection(asio::ip::tcp::socket socket, shared_state& shared, std::unique_ptr<tls::session> session)
  : socket_(std::move(socket)), timer_(socket_.get_executor()), shared_(shared), tls_(std::move(session)),
    in_(std::make_unique_for_overwrite<std::byte[]>(in_max)),
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
  if (shared_.settings.send_buffer_bytes != 0)
    socket_.set_option(asio::socket_base::send_buffer_size(static_cast<int>(shared_.settings.send_buffer_bytes)), ignored);
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
  arm_read();
}

/// Parses and answers until neither gets on: then something must be sent, or come, or time must pass.
void connection::work() {
  bool moved = true;
  while (moved && phase_ == phase::serving) {
    moved = take_input();
    moved = produce() || moved;
    if (phase_ == phase::serving && answer_ && answer_done_ && (request_done_ || ending_ != then::keep)) {
      complete_exchange();
      moved = true;
    }
  }
}

// ---- in ------------------------------------------------------------------------------------------

std::size_t connection::room() const {
  if (!answer_ || answer_done_)
    return SIZE_MAX; // what an answer did not want is thrown away
  return answer_->room();
}

bool connection::take_input() {
  bool moved = false;
  while (phase_ == phase::serving) {
    if (unparsed_.empty() && decrypt())
      moved = true;
    if (request_done_ || phase_ != phase::serving)
      break; // what there is belongs to the next request
    const auto most = std::min(room(), unparsed_.size());
    if (most == 0 && !parser_has_more_)
      break;
    auto x = parser_.parse(unparsed_.first(most));
    unparsed_ = unparsed_.subspan(x.consumed);
    parser_has_more_ = !std::holds_alternative<http1::need_more>(x.what);
    moved = handle(x) || x.consumed != 0 || moved;
  }
  return moved;
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

bool connection::handle(http1::request_step& x) {
  if (auto* begun = std::get_if<http1::request_begun>(&x.what)) {
    begin(*begun);
  } else if (auto* body = std::get_if<http1::body>(&x.what)) {
    add(shared_.figures.request_body_bytes, body->data.size());
    request_body_bytes_ += body->data.size();
    if (!request_has_length_ && request_body_bytes_ > shared_.settings.request_body_bytes_max)
      close_now(); // an announced length was refused when it was announced
    else if (!answer_done_)
      answer_->take(body->data);
    starved_ = false;
  } else if (auto* end = std::get_if<http1::end>(&x.what)) {
    request_done_ = true;
    request_reusable_ = end->reusable;
    parser_has_more_ = false;
    starved_ = false;
    if (!answer_done_)
      answer_->request_ended();
  } else if (auto* problem = std::get_if<failure>(&x.what)) {
    add(shared_.figures.malformed_requests, 1);
    parser_has_more_ = false;
    unparsed_ = {};
    if (answer_) { // amid a body: too late to say anything
      close_now();
      return true;
    }
    answer_ = refuse(*problem);
    request_done_ = true;
  } else {
    return false;
  }
  return true;
}

void connection::begin(const http1::request_begun& x) {
  add(shared_.figures.requests, 1);
  request_body_bytes_ = 0;
  request_has_length_ = x.content_length.has_value();
  answer_ = route(x, shared_.settings, shared_.snapshot());
}

bool connection::reads_now() const {
  if (reading_ || transport_ended_ || end_of_input_)
    return false;
  if (phase_ == phase::lingering)
    return true;
  if (phase_ != phase::serving || !unparsed_.empty() || (tls_ && tls_->has_input()))
    return false;
  return request_done_ || room() != 0; // after the request: to see the client go
}

void connection::arm_read() {
  if (!reads_now())
    return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(in_.get(), in_max),
                          [self = shared_from_this()](std::error_code problem, std::size_t n) { self->on_read(problem, n); });
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

/// A client that shuts its side down may still want the answer to a whole request; nothing else.
void connection::on_end_of_input() {
  if (phase_ == phase::serving && (!answer_ || !request_done_))
    return finish_as(then::close);
  if (phase_ == phase::lingering || stalled_)
    close_now();
}

} // namespace sluice::origin
