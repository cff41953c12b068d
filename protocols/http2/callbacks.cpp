#include <sluice/protocols/http2/session_impl.hpp>

namespace sluice::http2 {

namespace {

engine::session& of(void* user) { return *static_cast<engine::session*>(user); }
std::string_view text(const std::uint8_t* bytes, std::size_t n) { return {reinterpret_cast<const char*>(bytes), n}; }

int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_begin_headers(*frame); }
int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
  return of(user).on_header(*frame, text(name, name_size), text(value, value_size));
}
int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_frame(*frame), 0; }
int data_received(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t n, void* user) {
  return of(user).on_data(id, std::as_bytes(std::span{data, n})), 0;
}
int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_sent(*frame), 0; }
int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int code, void* user) { return of(user).on_invalid(*frame, code), 0; }
int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) { return of(user).on_close(id, code), 0; }
int error_text(nghttp2_session*, int, const char* message, std::size_t n, void* user) {
  of(user).last_words_.assign(message, n);
  return 0;
}

std::string number(std::uint64_t n) { return std::to_string(n); }

} // namespace

const nghttp2_session_callbacks* session_callbacks() {
  static const nghttp2_session_callbacks* const all = [] {
    nghttp2_session_callbacks* x = nullptr;
    nghttp2_session_callbacks_new(&x);
    nghttp2_session_callbacks_set_on_begin_headers_callback(x, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(x, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(x, frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(x, data_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(x, frame_sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(x, invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(x, stream_closed);
    nghttp2_session_callbacks_set_error_callback2(x, error_text);
    return x;
  }();
  return all;
}

const char* frame_name(std::uint8_t type) noexcept {
  constexpr const char* names[] = {"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"};
  return type < std::size(names) ? names[type] : "unknown";
}

const char* error_name(std::uint32_t code) noexcept { return nghttp2_http2_strerror(code); }

// ---- field sections ------------------------------------------------------------------------------

int engine::session::on_begin_headers(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_PUSH_PROMISE) {
    problem_ = {errc::protocol_violation, caused_by::remote, "the origin pushes a response (PUSH_PROMISE) though push is disabled (RFC 9113 section 8.4)"};
    nghttp2_session_terminate_session(nghttp2_, NGHTTP2_PROTOCOL_ERROR);
    return 0;
  }
  if (auto* s = at(frame.hd.stream_id))
    s->arriving = std::make_unique<section>();
  return 0;
}

int engine::session::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  auto* s = at(frame.hd.stream_id);
  if (!s || !s->arriving || frame.hd.type != NGHTTP2_HEADERS)
    return 0;
  switch (s->arriving->add(name, value, limits_.head_bytes, limits_.field_count)) {
    case section::added::ok: return 0;
    case section::added::malformed:
      s->problem = {errc::malformed_header, caused_by::remote, "the origin sent the field '" + std::string{name.substr(0, 60)} + "' with a name or value that no HTTP field may have"};
      break;
    case section::added::too_large:
      s->problem = {errc::header_too_large, caused_by::remote, "the origin sent a field section of more than " + number(limits_.field_count) + " fields or " + number(limits_.head_bytes) + " bytes (limits field_count, head_bytes)"};
      break;
  }
  s->arriving.reset();
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // resets this stream; the connection's compression state stays whole
}

void engine::session::on_section(stream& s, bool end_stream) {
  auto got = std::exchange(s.arriving, nullptr);
  if (!got || s.cancelled)
    return;
  const auto status = got->status();
  if (status == 0) {
    if (s.head_seen)
      s.trailers = got->take();
  } else if (status < 200) {
    if (++s.interim > limits_.interim_responses) {
      s.problem = {errc::too_many_interim_responses, caused_by::remote, "more than " + number(limits_.interim_responses) + " interim (1xx) responses before the final one (limit interim_responses)"};
      nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, s.id, NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    sink_.on_interim(s.index, {http::version::http2, status, {}, got->take()});
  } else {
    s.head_seen = true;
    http::response_head head{http::version::http2, status, {}, got->take()};
    s.bodiless = http::has_no_body(s.method, status);
    if (auto promised = head.fields.get("content-length"); promised && !s.bodiless)
      s.length = std::strtoull(std::string{*promised}.c_str(), nullptr, 10); // checked by nghttp2
    sink_.on_head(s.index, std::move(head));
  }
  if (end_stream)
    on_remote_end(s);
}

void engine::session::on_remote_end(stream& s) {
  if (s.cancelled || s.ended || !s.head_seen)
    return;
  if (s.length && *s.length != s.received)
    return; // the session resets it, and on_close tells
  s.ended = true;
  sink_.on_end(s.index, std::move(s.trailers));
  if (s.uploading && s.stopped)
    cancel(s, NGHTTP2_CANCEL);
}

// ---- frames --------------------------------------------------------------------------------------

void engine::session::on_frame(const nghttp2_frame& frame) {
  if (tracing_)
    trace_frame("received", frame);
  auto* s = at(frame.hd.stream_id);
  const bool end_stream = frame.hd.flags & NGHTTP2_FLAG_END_STREAM;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (s)
        on_section(*s, end_stream);
      break;
    case NGHTTP2_DATA:
      if (s && end_stream)
        on_remote_end(*s);
      break;
    case NGHTTP2_SETTINGS: settled_ = settled_ || !(frame.hd.flags & NGHTTP2_FLAG_ACK); break;
    case NGHTTP2_RST_STREAM:
      if (s)
        s->reset_by_peer = true;
      break;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) && std::exchange(ping_under_way_, false)) {
        const auto sample = std::chrono::nanoseconds{now_ - ping_sent_};
        round_trip_ = round_trip_.count() == 0 ? sample : std::min(sample, (3 * round_trip_ + sample) / 4);
      }
      break;
    case NGHTTP2_GOAWAY: on_goaway(frame.goaway); break;
    default: break;
  }
}

void engine::session::on_goaway(const nghttp2_goaway& frame) {
  draining_ = true;
  goaway_ = std::string{"it went away (GOAWAY) with "} + error_name(frame.error_code) + ", having processed streams up to " + number(static_cast<std::uint32_t>(frame.last_stream_id));
  if (frame.opaque_data_len > 0) {
    std::string said{text(frame.opaque_data, std::min<std::size_t>(frame.opaque_data_len, 100))};
    if (http::is_field_value(said))
      goaway_ += " ('" + said + "')";
  }
}

void engine::session::on_data(std::int32_t id, std::span<const std::byte> data) {
  to_credit_ += data.size();
  auto* s = at(id);
  if (!s || s->cancelled || data.empty())
    return;
  s->received += data.size();
  sink_.on_body(s->index, data);
  if (now_ >= next_measure_)
    ping(now_);
}

void engine::session::on_sent(const nghttp2_frame& frame) {
  if (tracing_)
    trace_frame("sent", frame);
  if (frame.hd.type == NGHTTP2_PING && !(frame.hd.flags & NGHTTP2_FLAG_ACK)) {
    ping_queued_ = false;
    ping_under_way_ = true;
    ping_sent_ = now_;
  } else if (frame.hd.type == NGHTTP2_DATA) {
    watch_.sent_data();
  } else if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    if (auto* s = at(frame.hd.stream_id); s && s->beyond_initial > 0)
      nghttp2_submit_window_update(nghttp2_, NGHTTP2_FLAG_NONE, s->id, static_cast<std::int32_t>(std::exchange(s->beyond_initial, 0)));
  } else if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR && !problem_) {
    // The session ended the connection by itself.
    const bool flow = frame.goaway.error_code == NGHTTP2_FLOW_CONTROL_ERROR;
    problem_ = {flow ? errc::flow_control_violation : errc::protocol_violation, caused_by::remote,
                std::string{"the origin broke HTTP/2 ("} + error_name(frame.goaway.error_code) + "): " + (last_words_.empty() ? "see RFC 9113 section 7" : last_words_)};
    over_ = true;
  }
}

void engine::session::on_invalid(const nghttp2_frame& frame, int code) {
  if (last_words_.empty() || code != NGHTTP2_ERR_PROTO)
    last_words_ = std::string{frame_name(frame.hd.type)} + " frame: " + nghttp2_strerror(code);
  if (auto* s = at(frame.hd.stream_id); s && !s->problem)
    s->problem = {code == NGHTTP2_ERR_FLOW_CONTROL ? errc::flow_control_violation : errc::protocol_violation, caused_by::remote, "the origin broke HTTP/2 on this stream: " + last_words_};
}

void engine::session::on_close(std::int32_t id, std::uint32_t code) {
  auto* s = at(id);
  if (!s)
    return;
  nghttp2_session_set_stream_user_data(nghttp2_, id, nullptr);
  auto kept = std::move(streams_.extract(s->index).mapped());
  if (s->ended || s->cancelled)
    return sink_.on_closed(s->index, true);
  failure why = std::move(s->problem);
  const bool refused = code == NGHTTP2_REFUSED_STREAM;
  if (!why && refused)
    why = {errc::refused, caused_by::remote, "the origin did not process the request (REFUSED_STREAM)" + (goaway_.empty() ? "" : "; " + goaway_)};
  else if (!why && s->length && code == NGHTTP2_PROTOCOL_ERROR && !s->reset_by_peer)
    why = {errc::truncated_body, caused_by::remote, "the body ended after " + number(s->received) + " bytes, but Content-Length promised " + number(*s->length)};
  else if (!why && !s->reset_by_peer && code == NGHTTP2_NO_ERROR)
    why = {errc::truncated_body, caused_by::remote, "the stream ended before its response was complete"};
  else if (!why)
    why = {s->reset_by_peer ? errc::stream_reset : errc::protocol_violation, caused_by::remote,
           s->reset_by_peer ? std::string{"the origin reset the stream with "} + error_name(code) : "the origin broke HTTP/2 on this stream: " + (last_words_.empty() ? error_name(code) : last_words_)};
  if (s->head_seen && s->received > 0 && why.code != errc::truncated_body)
    why.detail += "; the body is incomplete after " + number(s->received) + " bytes";
  sink_.on_failure(s->index, std::move(why), refused, !s->head_seen && s->interim == 0);
}

void engine::session::trace_frame(const char* which, const nghttp2_frame& frame) {
  auto line = std::string{which} + ' ' + frame_name(frame.hd.type);
  if (frame.hd.stream_id > 0)
    line += " stream " + number(static_cast<std::uint32_t>(frame.hd.stream_id));
  if (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS)
    line += ", " + number(frame.hd.length) + " bytes";
  if (frame.hd.type == NGHTTP2_WINDOW_UPDATE)
    line += ", increment " + number(static_cast<std::uint32_t>(frame.window_update.window_size_increment));
  if (frame.hd.type == NGHTTP2_RST_STREAM)
    line += std::string{", "} + error_name(frame.rst_stream.error_code);
  if (frame.hd.type == NGHTTP2_GOAWAY)
    line += std::string{", "} + error_name(frame.goaway.error_code);
  if ((frame.hd.type == NGHTTP2_SETTINGS || frame.hd.type == NGHTTP2_PING) && (frame.hd.flags & NGHTTP2_FLAG_ACK))
    line += " (ACK)";
  else if (frame.hd.type == NGHTTP2_SETTINGS)
    for (std::size_t i = 0; i < frame.settings.niv; ++i)
      line += (i ? ", " : ": ") + number(static_cast<std::uint32_t>(frame.settings.iv[i].settings_id)) + "=" + number(frame.settings.iv[i].value);
  if ((frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM))
    line += ", END_STREAM";
  const auto* s = frame.hd.stream_id > 0 ? at(frame.hd.stream_id) : nullptr;
  sink_.on_trace(s ? s->index : UINT32_MAX, std::move(line));
}

} // namespace sluice::http2
