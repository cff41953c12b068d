#include "http3_session.hpp"

#include <nghttp3/nghttp3.h>

#include <algorithm>

namespace sluice::origin {

namespace {

bool is_request_stream(std::int64_t id) { return (id & 3) == 0; }

} // namespace

http3_session::http3_session(http3_carrier& carrier, shared_state& shared) : multiplexed_session(carrier, shared) {
  add(shared_.figures.http3_connections);
}

http3_session::~http3_session() { nghttp3_conn_del(h3_); }

void http3_session::on_ready() {
  const auto control = quic_->open_unidirectional(), encoder = quic_->open_unidirectional(),
             decoder = quic_->open_unidirectional();
  if (!control || !encoder || !decoder)
    return quic_->close(NGHTTP3_H3_GENERAL_PROTOCOL_ERROR,
                        {errc::protocol_violation, caused_by::remote, "too few unidirectional streams"});
  h3_ = make_http3(*this);
  streams_allowed_ = shared_.settings.http3.max_concurrent_streams;
  nghttp3_conn_set_max_client_streams_bidi(h3_, streams_allowed_);
  nghttp3_conn_bind_control_stream(h3_, *control);
  nghttp3_conn_bind_qpack_streams(h3_, *encoder, *decoder);
  control_.id = *control;
}

// ---- what comes on streams -----------------------------------------------------------------------

void http3_session::credit(std::int64_t id, std::size_t n) {
  if (auto* s = find(id))
    s->credited += n;
  quic_->credit_stream(id, n);
  quic_->credit_connection(n);
}

/// Of what comes, the framing is credited at once and bodies as answers take them.
void http3_session::on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) {
  if (data.empty() && !last)
    return;
  auto* s = find(id);
  if (h3_ == nullptr || (s != nullptr && s->reset_here))
    return quic_->credit_connection(data.size());
  const auto n =
      nghttp3_conn_read_stream(h3_, id, reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), last ? 1 : 0);
  if (s = find(id); s != nullptr) // it may have begun with this
    s->arrived += data.size();
  if (n < 0)
    return on_library_error(id, static_cast<int>(n));
  credit(id, static_cast<std::size_t>(n));
}

/// A malformed message is its stream's error alone (RFC 9114 §4.1.2).
void http3_session::on_library_error(std::int64_t id, int code) {
  add(shared_.figures.malformed_requests);
  if (is_request_stream(id)
      && (code == NGHTTP3_ERR_MALFORMED_HTTP_HEADER || code == NGHTTP3_ERR_MALFORMED_HTTP_MESSAGING))
    return on_rejected(id, NGHTTP3_H3_MESSAGE_ERROR, true);
  quic_->close(nghttp3_err_infer_quic_app_error_code(code),
               {errc::protocol_violation, caused_by::remote, nghttp3_strerror(code)});
}

/// The library wants nothing of a stream, or what came on it is malformed.
void http3_session::on_rejected(std::int64_t id, std::uint64_t code, bool sending) {
  if (auto* s = find(id)) {
    s->done = true;
    reset(*s, code);
  } else if (sending) {
    quic_->reset(id, code);
  } else {
    quic_->stop(id, code);
  }
}

void http3_session::on_stream_reset(std::int64_t id, std::uint64_t code) {
  if (h3_ != nullptr)
    nghttp3_conn_shutdown_stream_read(h3_, id);
  auto* s = find(id);
  if (s == nullptr)
    return;
  note_reset(*s, code);
  if (!s->complete) {
    s->done = true;
    reset(*s, NGHTTP3_H3_REQUEST_INCOMPLETE);
  }
}

void http3_session::note_reset(http3_stream& s, std::uint64_t code) {
  if (std::exchange(s.reset_there, true))
    return;
  add(shared_.figures.resets_received);
  if (code == NGHTTP3_H3_REQUEST_CANCELLED)
    add(shared_.figures.cancels_received);
  if (s.record)
    s.record->reset_code = static_cast<std::int64_t>(code);
}

/// A STOP_SENDING is known by the code that it left.
void http3_session::on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) {
  if (is_request_stream(id)) {
    quic_->allow_bidirectional(1);
    if (h3_ != nullptr)
      nghttp3_conn_set_max_client_streams_bidi(h3_, ++streams_allowed_);
  }
  auto* s = find(id);
  if (s != nullptr && code && !s->reset_here)
    note_reset(*s, *code);
  if (h3_ != nullptr)
    nghttp3_conn_close_stream(h3_, id, code.value_or(NGHTTP3_H3_NO_ERROR));
  if (s == nullptr)
    return;
  s->closed = true;
  if (!s->complete || s->done || s->stalled || !s->request_over)
    forget(id); // else an answer goes on past its stream, to the connection's end
}

void http3_session::on_send_room(std::int64_t id) {
  if (h3_ == nullptr)
    return;
  nghttp3_conn_unblock_stream(h3_, id);
  if (id == control_.id)
    control_.shut = false;
  auto* s = find(id);
  if (!is_request_stream(id))
    return;
  add(shared_.figures.stream_window_updates);
  if (s == nullptr)
    return;
  if (s->record)
    add(s->record->window_updates);
  note_window(*s);
  s->shut = false;
  wake(*s);
}

/// QUIC's windows are positions: what the client has granted is how far they moved from the first.
void http3_session::note_window(http3_stream& s) {
  if (!s.record || s.closed)
    return;
  const auto reach = quic_->stream_room(s.id) + s.written, first = quic_->first_stream_room();
  s.record->window_bytes.store(reach > first ? reach - first : 0, std::memory_order_relaxed);
}

// ---- requests ------------------------------------------------------------------------------------

void http3_session::note_request(http3_stream& s) {
  note_window(s);
  ++requests_begun_;
  if (!quic_->established())
    add(shared_.figures.early_requests);
}

void http3_session::refuse_body(http3_stream& s) { reset(s, NGHTTP3_H3_EXCESSIVE_LOAD); }

} // namespace sluice::origin
