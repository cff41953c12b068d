#include "http2_callbacks.hpp"

#include "http2_session.hpp"

#include <algorithm>
#include <new>

namespace sluice::origin {

namespace {

constexpr std::uint64_t resets_burst = 1u << 20, resets_a_second = 1u << 20; // tests cancel as fast as they like

http2_session& self(void* user_data) { return *static_cast<http2_session*>(user_data); }
std::string_view text(const std::uint8_t* octets, std::size_t n) { return {reinterpret_cast<const char*>(octets), n}; }

int frame_begun(nghttp2_session*, const nghttp2_frame_hd* header, void* user) {
  self(user).on_frame_begun({header->type, header->flags, header->stream_id});
  return 0;
}

int head_begun(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
    self(user).on_head_begun(frame->hd.stream_id);
  return 0;
}

int field(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
          const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
    self(user).on_field(frame->hd.stream_id, text(name, name_size), text(value, value_size));
  return 0;
}

int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  const auto id = frame->hd.stream_id;
  const bool is_headers = frame->hd.type == NGHTTP2_HEADERS;
  const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (is_headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
    self(user).on_request(id, ends);
  if ((is_headers || frame->hd.type == NGHTTP2_DATA) && ends)
    self(user).on_request_end(id);
  else if (frame->hd.type == NGHTTP2_RST_STREAM)
    self(user).on_reset(id, frame->rst_stream.error_code);
  else if (frame->hd.type == NGHTTP2_WINDOW_UPDATE)
    self(user).on_window_update(id, static_cast<std::uint32_t>(frame->window_update.window_size_increment));
  return 0;
}

int data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t n, void* user) {
  self(user).on_data(id, std::as_bytes(std::span(data, n)));
  return 0;
}

int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  const bool is_headers = frame->hd.type == NGHTTP2_HEADERS;
  if (is_headers || frame->hd.type == NGHTTP2_DATA)
    self(user).on_sent(frame->hd.stream_id, is_headers, (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
  return 0;
}

int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
  self(user).on_closed(id);
  return 0;
}

ssize_t read_content(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t most, std::uint32_t* flags,
                     nghttp2_data_source*, void* user) {
  return self(user).read_content(id, most, flags);
}

int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t n, nghttp2_data_source*,
              void* user) {
  self(user).write_data_frame(frame->hd.stream_id, head, n, frame->data.padlen,
                              (frame->hd.flags & NGHTTP2_FLAG_PADDED) != 0);
  return 0;
}

ssize_t select_padding(nghttp2_session*, const nghttp2_frame* frame, std::size_t most, void* user) {
  if (frame->hd.type != NGHTTP2_DATA)
    return static_cast<ssize_t>(frame->hd.length);
  return static_cast<ssize_t>(std::min(most, frame->hd.length + self(user).padding_for(frame->hd.stream_id)));
}

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0)
    throw std::bad_alloc{};
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, frame_begun);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, head_begun);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, field);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
  nghttp2_session_callbacks_set_select_padding_callback(callbacks, select_padding);
  return callbacks;
}

} // namespace

nghttp2_session* make_http2_session(http2_session& session) {
  auto* callbacks = make_callbacks();
  nghttp2_option* options = nullptr;
  nghttp2_session* result = nullptr;
  int problem = nghttp2_option_new(&options);
  if (problem == 0) {
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_stream_reset_rate_limit(options, resets_burst, resets_a_second);
    problem = nghttp2_session_server_new2(&result, callbacks, &session, options);
    nghttp2_option_del(options);
  }
  nghttp2_session_callbacks_del(callbacks);
  if (problem != 0)
    throw std::bad_alloc{};
  return result;
}

nghttp2_data_provider content_of(http2_session& session) {
  nghttp2_data_provider result{};
  result.source.ptr = &session;
  result.read_callback = read_content;
  return result;
}

} // namespace sluice::origin
