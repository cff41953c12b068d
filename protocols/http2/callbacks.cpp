// The callbacks of nghttp2: received frames and field sections become events of the engine.
#include <sluice/protocols/http2/session_impl.hpp>

#include <algorithm>
#include <new>

namespace sluice::http2 {

namespace {

engine::session& of(void* user) { return *static_cast<engine::session*>(user); }
std::string_view text(const std::uint8_t* bytes, std::size_t n) { return {reinterpret_cast<const char*>(bytes), n}; }

int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  return of(user).on_begin_headers(*frame);
}
int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
  return of(user).on_header(*frame, text(name, name_size), text(value, value_size));
}
int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_frame(*frame), 0; }
int data_received(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t n,
                  void* user) {
  return of(user).on_data(id, std::as_bytes(std::span{data, n})), 0;
}
int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_sent(*frame), 0; }
int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int code, void* user) {
  return of(user).on_invalid(*frame, code), 0;
}
int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
  return of(user).on_close(id, code), 0;
}
int error_text(nghttp2_session*, int, const char* message, std::size_t n, void* user) {
  of(user).last_words_ = printable({message, n});
  return 0;
}
int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                   const std::uint8_t*, std::size_t, std::uint8_t, void* user) {
  return of(user).on_invalid_header(*frame, text(name, name_size));
}

/// Wraps each callback: an exception must not cross the stack frames of nghttp2.
template <auto Callback>
constexpr auto guarded = &guarded_callback<engine::session, Callback, NGHTTP2_ERR_CALLBACK_FAILURE>::call;

std::string number(std::uint64_t n) { return std::to_string(n); }

} // namespace

const nghttp2_session_callbacks* session_callbacks() {
  static const nghttp2_session_callbacks* const all = [] {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
      throw std::bad_alloc{}; // the next session tries again
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, guarded<begin_headers>);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, guarded<header>);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, guarded<frame_received>);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, guarded<data_received>);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, guarded<frame_sent>);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, guarded<invalid_frame>);
    // Returns 0 on failure too: otherwise nghttp2 1.52 leaks a request that it could not send. The guard ends the
    // connection.
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           &guarded_callback<engine::session, stream_closed, 0>::call);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, guarded<invalid_header>);
    nghttp2_session_callbacks_set_error_callback2(callbacks, guarded<error_text>);
    return callbacks;
  }();
  return all;
}

// ---- field sections ------------------------------------------------------------------------------

int engine::session::on_begin_headers(const nghttp2_frame& frame) {
  if (auto* s = at(frame.hd.stream_id))
    s->section = std::make_unique<http::field_section>();
  return 0;
}

int engine::session::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  auto* s = at(frame.hd.stream_id);
  if (!s || !s->section || frame.hd.type != NGHTTP2_HEADERS
      || s->add_line(name, value, limits_.head_bytes, limits_.field_count))
    return 0;
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // resets this stream; the connection's compression state stays whole
}

/// The response is malformed (RFC 9113 section 8.2.1). By default nghttp2 would drop the field and continue.
int engine::session::on_invalid_header(const nghttp2_frame& frame, std::string_view name) {
  if (auto* s = at(frame.hd.stream_id); s && !s->problem)
    s->problem = {errc::malformed_header, caused_by::remote,
                  "the origin sent the field '" + printable(name.substr(0, 60))
                      + "' with a name or value that no HTTP/2 field may have there"};
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void engine::session::on_section(stream& s, bool end_stream) {
  if (!s.end_section(sink_, http::version::http2, limits_.interim_responses))
    usable_after(nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, s.id, NGHTTP2_ENHANCE_YOUR_CALM));
  else if (end_stream)
    on_remote_end(s);
}

void engine::session::on_remote_end(stream& s) {
  if (!s.is_whole())
    return; // of a wrong length, the session resets it, and on_close tells
  sink_.on_end(s.index, std::move(s.trailers));
  s.ended = true; // not set if on_end() throws: then the stream gets on_failure
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
      if (s && frame.data.padlen > 0 && (padded_.empty() || padded_.back() != s->id))
        padded_.push_back(s->id);
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
        round_trip_ = round_trip_.count() == 0 ? sample : std::min(sample, round_trip_); // the minimum: decision 0011
      }
      break;
    case NGHTTP2_GOAWAY: on_goaway(frame.goaway); break;
    default: break;
  }
}

void engine::session::on_goaway(const nghttp2_goaway& frame) {
  draining_ = true;
  goaway_for_error_ = frame.error_code != NGHTTP2_NO_ERROR;
  http1_required_ = frame.error_code == NGHTTP2_HTTP_1_1_REQUIRED;
  goaway_ = std::string{"it went away (GOAWAY) with "} + error_name(frame.error_code)
            + ", having processed streams up to " + number(static_cast<std::uint32_t>(frame.last_stream_id));
  if (frame.opaque_data_len > 0)
    goaway_ += " ('" + printable(text(frame.opaque_data, frame.opaque_data_len)) + "')";
  refuse_unsent();
}

/// Fails the requests that nghttp2 has queued. After GOAWAY they are never sent, and nghttp2 would report that only
/// when another stream ends.
void engine::session::refuse_unsent() {
  std::vector<std::uint32_t> unsent;
  for (const auto& [index, s] : streams_)
    if (!s->sent)
      unsent.push_back(index);
  for (auto index : unsent) {
    if (broken())
      return; // settle() ends the rest
    const auto s = std::move(streams_.extract(index).mapped());
    nghttp2_session_set_stream_user_data(nghttp2_, s->id, nullptr);
    usable_after(nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL));
    if (s->cancelled)
      sink_.on_closed(index, true);
    else
      tell_failure(*s, made_or_out_of_memory([&] {
        return failure{http1_required_ ? errc::http1_required : errc::refused, caused_by::remote,
                       "the request was not sent: " + goaway_};
      }),
                   true);
  }
}

void engine::session::on_data(std::int32_t id, std::span<const std::byte> data) {
  to_credit_ += data.size();
  auto* s = at(id);
  if (!s || s->cancelled || s->problem || data.empty())
    return;
  if (data.size() > s->allowed) {
    s->problem = {errc::flow_control_violation, caused_by::remote,
                  "the origin sent more of the body than its stream's window allowed (RFC 9113 section 6.9)"};
    usable_after(nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_FLOW_CONTROL_ERROR));
    return;
  }
  s->allowed -= data.size();
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
    if (auto* s = at(frame.hd.stream_id)) {
      s->sent = true;
      open_window(*s);
    }
  } else if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR && !problem_) {
    // nghttp2 ends the connection because of an error.
    if (frame.goaway.error_code == NGHTTP2_INTERNAL_ERROR) // no memory to compress a field section
      return guard_.fail(out_of_memory());
    const bool flow = frame.goaway.error_code == NGHTTP2_FLOW_CONTROL_ERROR;
    if (frame.goaway.opaque_data_len > 0)
      last_words_ = text(frame.goaway.opaque_data, frame.goaway.opaque_data_len);
    problem_ = {flow ? errc::flow_control_violation : errc::protocol_violation, caused_by::remote,
                std::string{"the origin broke HTTP/2 ("} + error_name(frame.goaway.error_code)
                    + "): " + (last_words_.empty() ? "see RFC 9113 section 7" : last_words_)};
    over_ = true;
  }
}

void engine::session::on_invalid(const nghttp2_frame& frame, int code) {
  const bool field = code == NGHTTP2_ERR_HTTP_HEADER;
  if (last_words_.empty() || (code != NGHTTP2_ERR_PROTO && !field)) // for a field, nghttp2's text names it
    last_words_ = std::string{frame_name(frame.hd.type)} + " frame: " + nghttp2_strerror(code);
  auto* s = at(frame.hd.stream_id);
  if (!s || s->problem
      || (code == NGHTTP2_ERR_HTTP_MESSAGING && s->length && *s->length != s->received
          && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM)))
    return; // on_close() reports the difference in length
  const auto what = field                              ? errc::malformed_header
                    : code == NGHTTP2_ERR_FLOW_CONTROL ? errc::flow_control_violation
                                                       : errc::protocol_violation;
  s->problem = {what, caused_by::remote, "the origin broke HTTP/2 on this stream: " + last_words_};
}

void engine::session::on_close(std::int32_t id, std::uint32_t code) {
  auto* s = at(id);
  if (!s)
    return;
  nghttp2_session_set_stream_user_data(nghttp2_, id, nullptr);
  const auto kept = std::move(streams_.extract(s->index).mapped()); // deleted at the end of this function
  if (s->ended || s->cancelled)
    return sink_.on_closed(s->index, true);
  tell_failure(*s, made_or_out_of_memory([&] { return reason(*s, code); }), code == NGHTTP2_REFUSED_STREAM);
}

} // namespace sluice::http2
