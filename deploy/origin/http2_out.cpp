// http2_session: frames on their way out, the library's and those past it, and what answers do to the connection.
#include "http2_callbacks.hpp"
#include "http2_session.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::origin {

namespace {

constexpr std::size_t type_at = 3, flags_at = 4, stream_at = 5; // in a frame's head

std::int32_t stream_of(const std::uint8_t* frame) {
  const auto at = [&](std::size_t i) { return std::uint32_t{frame[stream_at + i]}; };
  return static_cast<std::int32_t>((at(0) & 0x7f) << 24 | at(1) << 16 | at(2) << 8 | at(3));
}

} // namespace

bool http2_session::produce() {
  if (frozen_)
    return false;
  bool moved = drive_runnable();
  forgotten_.clear();
  const auto out = carrier_.space();
  if (out.empty())
    return moved;
  if (raw_begun_) // a frame of the library's in between would be taken for the rest of one of these
    return put_raw() || moved;
  moved = put_frames(out) || moved;
  if (out_at_ < out.size() && frame_.empty() && runnable_.empty()) {
    if (!raw_.empty())
      return put_raw() || moved;
    if (!ends_ && nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0)
      ends_ = then::close;
    if (ends_ && nghttp2_session_want_write(session_) == 0)
      carrier_.finish_as(*ends_);
  }
  return moved;
}

/// The library's frames, as far as they fit.
bool http2_session::put_frames(std::span<std::byte> out) {
  out_ = out;
  out_at_ = out_content_ = 0;
  while (out_at_ < out_.size()) {
    if (frame_.empty()) {
      const std::uint8_t* data = nullptr;
      const auto n = nghttp2_session_mem_send(session_, &data);
      if (n < 0)
        ends_ = then::close;
      if (n <= 0)
        break;
      if (!swallows(data))
        frame_ = {data, static_cast<std::size_t>(n)};
      continue;
    }
    const auto n = std::min(frame_.size(), out_.size() - out_at_);
    std::memcpy(out_.data() + out_at_, frame_.data(), n);
    frame_ = frame_.subspan(n);
    out_at_ += n;
  }
  carrier_.commit(out_at_, out_content_);
  return out_at_ != 0;
}

/// The head goes in front of what read_content() left there, the padding behind.
void http2_session::write_data_frame(std::int32_t id, const std::uint8_t* head, std::size_t content,
                                     std::size_t padding, bool is_padded) {
  constexpr std::size_t head_bytes = 9;
  auto* to = out_.data() + out_at_;
  const auto content_at = head_bytes + (is_padded ? 1 : 0);
  if (content != 0 && content_at != content_at_ - out_at_)
    std::memmove(to + content_at, out_.data() + content_at_, content); // there was no room for padding
  std::memcpy(to, head, head_bytes);
  std::size_t after = 0;
  if (is_padded) {
    after = padding - 1;
    to[head_bytes] = static_cast<std::byte>(after);
    std::memset(to + content_at + content, 0, after);
  }
  out_at_ += content_at + content + after;
  out_content_ += content;
  if (auto* s = find(id); s != nullptr && s->record)
    add(s->record->bytes_sent, content);
}

bool http2_session::swallows(const std::uint8_t* frame) {
  if (frame[type_at] == NGHTTP2_SETTINGS)
    return withholds_settings_ && (frame[flags_at] & NGHTTP2_FLAG_ACK) == 0;
  return frame[type_at] == NGHTTP2_RST_STREAM && answered_raw_.erase(stream_of(frame)) != 0;
}

bool http2_session::put_raw() {
  const auto out = carrier_.space();
  if (raw_paused_ || out.empty())
    return false;
  const auto got = raw_.front().from->pull(out);
  raw_begun_ = true;
  carrier_.commit(got.bytes, 0);
  if (got.pause.count() != 0) {
    raw_paused_ = true;
    carrier_.wake_after(timer_, got.pause, [this] { raw_paused_ = false; });
  }
  if (got.ended)
    raw_ended();
  return true;
}

void http2_session::raw_ended() {
  auto* s = find(raw_.front().stream);
  raw_.pop_front();
  raw_begun_ = false;
  if (s != nullptr)
    s->raw_queued = false;
  if (raw_.empty())
    for (auto& [id, each] : streams_)
      if (each->deferred || each.get() == s)
        wake(*each);
}

void http2_session::on_sent(std::int32_t id, bool is_headers, bool ends) {
  auto* s = find(id);
  if (s == nullptr)
    return;
  if (is_headers)
    s->head_queued = false;
  if (ends)
    s->end_sent = true;
  if ((is_headers || ends) && !s->done)
    wake(*s);
}

/// An answer that has said more than its message goes on past the stream's end.
void http2_session::on_closed(std::int32_t id) {
  auto* s = find(id);
  if (s == nullptr)
    return;
  s->closed = true;
  if (s->end_sent && !s->done && !s->stalled && s->request_over)
    return;
  forget(id);
}

void http2_session::forget(std::int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end())
    return;
  found->second->done = true;
  if (const auto held = found->second->held.rest().size(); held != 0)
    nghttp2_session_consume_connection(session_, held);
  found->second->timer.reset();
  forgotten_.push_back(std::move(found->second));
  streams_.erase(found);
}

// ---- actions -------------------------------------------------------------------------------------

void http2_session::go_away(std::uint32_t last_stream, std::uint32_t code) {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(last_stream), code, nullptr, 0);
}

void http2_session::announce_going_away() { nghttp2_submit_shutdown_notice(session_); }

void http2_session::finish_going_away() {
  go_away(static_cast<std::uint32_t>(nghttp2_session_get_last_proc_stream_id(session_)), NGHTTP2_NO_ERROR);
}

void http2_session::change_setting(std::uint16_t name, std::uint32_t value) {
  const nghttp2_settings_entry entry{name, value};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
}

void http2_session::freeze(std::chrono::milliseconds time) {
  frozen_ = true;
  carrier_.wake_after(timer_, time, [this] { carrier_.close_now(); });
}

} // namespace sluice::origin
