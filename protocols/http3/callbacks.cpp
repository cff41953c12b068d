// The callbacks of nghttp3: received field sections and data become events of the engine.
#include <sluice/protocols/http3/session_impl.hpp>

#include <algorithm>

namespace sluice::http3 {

namespace {

engine::session& of(void* user) { return *static_cast<engine::session*>(user); }
std::string_view text(nghttp3_rcbuf* buffer) {
  const auto v = nghttp3_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(v.base), v.len};
}

int begin_section(nghttp3_conn*, std::int64_t id, void* user, void*) { return of(user).on_begin_section(id), 0; }
int field(nghttp3_conn*, std::int64_t id, std::int32_t, nghttp3_rcbuf* name, nghttp3_rcbuf* value, std::uint8_t,
          void* user, void*) {
  return of(user).on_field(id, text(name), text(value)), 0;
}
int end_section(nghttp3_conn*, std::int64_t id, int, void* user, void*) { return of(user).on_section(id), 0; }
int data(nghttp3_conn*, std::int64_t id, const std::uint8_t* bytes, std::size_t n, void* user, void*) {
  return of(user).on_data(id, std::as_bytes(std::span{bytes, n})), 0;
}
int deferred_consume(nghttp3_conn*, std::int64_t id, std::size_t n, void* user, void*) {
  if (auto* s = of(user).at(id))
    of(user).credit_framing(*s, n);
  return 0;
}
int end_stream(nghttp3_conn*, std::int64_t id, void* user, void*) { return of(user).on_end_stream(id), 0; }
int stop_sending(nghttp3_conn*, std::int64_t id, std::uint64_t code, void* user, void*) {
  return of(user).on_refused(id, code), 0;
}
int acked(nghttp3_conn*, std::int64_t id, std::uint64_t n, void* user, void*) {
  return of(user).on_upload_acknowledged(id, n), 0;
}
int going_away(nghttp3_conn*, std::int64_t id, void* user) { return of(user).on_goaway(id), 0; }
int settings(nghttp3_conn*, const nghttp3_settings* peer_settings, void* user) {
  return of(user).on_settings(*peer_settings), 0;
}

/// Wraps each callback: an exception must not cross the stack frames of nghttp3.
template <auto Callback>
constexpr auto guarded = &guarded_callback<engine::session, Callback, NGHTTP3_ERR_CALLBACK_FAILURE>::call;

} // namespace

const nghttp3_callbacks& connection_callbacks() {
  static const nghttp3_callbacks all = [] {
    nghttp3_callbacks callbacks{};
    callbacks.acked_stream_data = guarded<acked>;
    callbacks.recv_data = guarded<data>;
    callbacks.deferred_consume = guarded<deferred_consume>;
    callbacks.begin_headers = callbacks.begin_trailers = guarded<begin_section>;
    callbacks.recv_header = callbacks.recv_trailer = guarded<field>;
    callbacks.end_headers = callbacks.end_trailers = guarded<end_section>;
    callbacks.end_stream = guarded<end_stream>;
    callbacks.stop_sending = callbacks.reset_stream = guarded<stop_sending>;
    callbacks.shutdown = guarded<going_away>;
    callbacks.recv_settings = guarded<settings>;
    return callbacks;
  }();
  return all;
}

// ---- field sections ------------------------------------------------------------------------------

void engine::session::on_begin_section(std::int64_t id) {
  if (auto* s = at(id); s && !s->problem && !s->cancelled)
    s->section = std::make_unique<http::field_section>();
}

/// A section with a line that cannot be taken is still decoded, for the table's sake; on_stream_data then ends the
/// stream.
void engine::session::on_field(std::int64_t id, std::string_view name, std::string_view value) {
  if (auto* s = at(id); s && s->section)
    s->add_line(name, value, limits_.head_bytes, limits_.field_count);
}

void engine::session::on_section(std::int64_t id) {
  auto* s = at(id);
  if (!s || !s->section || s->cancelled || s->problem)
    return;
  s->framing -= std::min<std::uint64_t>(s->framing, s->section->bytes()); // bounded by itself
  if (const auto status = s->section->status(); status >= 200)
    trace(s->index, "received HEADERS, status " + std::to_string(status));
  s->end_section(*sink_, http::version::http3, limits_.interim_responses);
}

// ---- bodies --------------------------------------------------------------------------------------

void engine::session::on_data(std::int64_t id, std::span<const std::byte> bytes) {
  auto* s = at(id);
  if (!s || s->cancelled || s->problem || bytes.empty())
    return;
  s->allowed -= std::min<std::uint64_t>(s->allowed, bytes.size()); // ngtcp2 enforces the stream window
  s->settled += bytes.size();
  s->received += bytes.size();
  sink_->on_body(s->index, bytes);
}

void engine::session::on_end_stream(std::int64_t id) {
  auto* s = at(id);
  if (!s || !s->is_whole())
    return; // of a wrong length, nghttp3 refuses it, and on_refused tells
  trace(s->index, "received the end of the stream");
  sink_->on_end(s->index, std::move(s->trailers));
  s->ended = true; // not set if on_end() throws: then the stream gets on_failure
  if (s->uploading && s->stopped)
    abandon(*s, NGHTTP3_H3_REQUEST_CANCELLED);
}

/// nghttp3 found a message of a stream malformed, or does not accept an unknown unidirectional stream.
void engine::session::on_refused(std::int64_t id, std::uint64_t code) {
  auto* s = at(id);
  if (!s) {
    if (id & 2) // unidirectional, so opened by the peer: streams of this end are never refused
      quic_->stop(id, code);
    return;
  }
  if (s->cancelled)
    return;
  if (!s->problem && s->length && *s->length != s->received)
    s->problem = s->wrong_length();
  if (!s->problem)
    s->problem = {errc::malformed_header, caused_by::remote,
                  "the origin sent a message that HTTP/3 does not allow (" + code_name(code)
                      + "): a field section that is malformed, or fields that contradict it"};
}

// ---- uploads -------------------------------------------------------------------------------------

nghttp3_ssize engine::session::read_upload(std::int64_t id, nghttp3_vec* to, std::size_t room, std::uint32_t& flags) {
  auto* s = at(id);
  if (!s)
    return NGHTTP3_ERR_CALLBACK_FAILURE;
  s->asked = true;
  std::size_t n = 0;
  for (; n < room && s->handed < s->pieces.size() && !s->stopped; ++n, ++s->handed) {
    auto& piece = s->pieces[s->handed];
    to[n] = {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()};
  }
  if (s->handed == s->pieces.size() && s->last_given && !s->stopped) {
    s->uploading = false;
    flags |= NGHTTP3_DATA_FLAG_EOF;
    if (!s->upload_trailers.empty()) {
      flags |= NGHTTP3_DATA_FLAG_NO_END_STREAM;
      const auto nv = as_nv(s->upload_trailers, peer_has_table_);
      if (!usable_after(nghttp3_conn_submit_trailers(nghttp3_, id, nv.data(), nv.size())))
        return NGHTTP3_ERR_CALLBACK_FAILURE;
    }
    return static_cast<nghttp3_ssize>(n);
  }
  if (n > 0)
    return static_cast<nghttp3_ssize>(n);
  s->deferred = source_empty_ = true;
  return NGHTTP3_ERR_WOULDBLOCK;
}

void engine::session::on_upload_acknowledged(std::int64_t id, std::uint64_t n) {
  auto* s = at(id);
  if (!s)
    return;
  s->kept_bytes -= std::min<std::size_t>(s->kept_bytes, static_cast<std::size_t>(n));
  s->acknowledged_of_first += static_cast<std::size_t>(n);
  while (!s->pieces.empty() && s->handed > 0 && s->acknowledged_of_first >= s->pieces.front().size()) {
    s->acknowledged_of_first -= s->pieces.front().size();
    s->pieces.pop_front();
    --s->handed;
  }
}

} // namespace sluice::http3
