// http2_session: moving answers on, a step at a time.
#include "field_lines.hpp"
#include "http2_callbacks.hpp"
#include "http2_session.hpp"

#include <sluice/protocols/http/field_section.hpp>

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr std::size_t frame_head_bytes = 9;
constexpr std::size_t padding_max = 256; // with the byte that tells how much it is
constexpr std::size_t content_room_min = 1024;

std::vector<nghttp2_nv> as_nv(const http::fields& fields) {
  return http::library_lines<nghttp2_nv>(fields.lines(), NGHTTP2_NV_FLAG_NONE);
}

} // namespace

void http2_session::wake(http2_stream& s) {
  if (s.sends_data && !s.complete && s.deferred && !s.blocked() && !holds_content()) {
    s.deferred = false;
    nghttp2_session_resume_data(session_, s.id);
  }
  runnable_.push_back(s.id);
}

void http2_session::apply(http2_stream& s, step& produced) {
  if (produced.head)
    submit_head(s, *produced.head);
  if (produced.raw) {
    s.raw_queued = true;
    raw_.push_back({s.id, std::move(produced.raw)});
  }
  if (produced.act)
    produced.act(*this);
  if (produced.complete) {
    s.complete = true;
    if (!s.sends_data)
      s.end_sent = s.end_sent || s.closed;
    else if (!produced.trailers.empty())
      submit_trailer(s, produced.trailers);
  }
  apply_next(s, produced);
}

void http2_session::end_answer(http2_stream& s, const step& produced) {
  s.done = true;
  if (produced.next == then::reset_stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, s.id, produced.code);
  } else if (produced.next != then::keep) {
    ends_ = produced.next;
  } else if (!s.complete) { // answered past the library
    answered_raw_.insert(s.id);
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, s.id, NGHTTP2_NO_ERROR);
  }
  if (s.closed)
    forget(s.id);
}

void http2_session::submit_head(http2_stream& s, const outgoing_head& head) {
  auto fields = head_lines(head);
  if (const auto other = carrier_.alternative(); !other.empty() && !head.interim())
    fields.add("alt-svc", std::string(other));
  const auto lines = as_nv(fields);
  s.head_queued = true;
  if (head.interim()) {
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, s.id, nullptr, lines.data(), lines.size(), nullptr);
    return;
  }
  s.sends_data = head.has_content;
  s.chunk = std::max<std::size_t>(head.chunk, 1);
  s.padding = std::max(head.padding, shared_.settings.http2.padding);
  const auto provider = content_of(*this);
  nghttp2_submit_response(session_, s.id, lines.data(), lines.size(), head.has_content ? &provider : nullptr);
}

void http2_session::submit_trailer(http2_stream& s, const http::fields& fields) {
  const auto lower = lowered(fields);
  const auto lines = as_nv(lower);
  nghttp2_submit_trailer(session_, s.id, lines.data(), lines.size());
}

std::size_t http2_session::padding_for(std::int32_t id) const {
  const auto* s = find(id);
  return s == nullptr || s->padding == 0 ? 0 : std::size_t{s->padding} + 1;
}

/// Puts content straight where its DATA frame will be, behind room for the frame's head.
std::ptrdiff_t http2_session::read_content(std::int32_t id, std::size_t most, std::uint32_t* flags) {
  auto* s = find(id);
  if (s == nullptr || s->blocked() || holds_content()) {
    if (s != nullptr)
      s->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const auto padding = padding_for(id);
  const auto framing = frame_head_bytes + padding_max;
  if (out_.size() - out_at_ < framing + content_room_min)
    return NGHTTP2_ERR_PAUSE;
  most = std::min({most > padding + 1 ? most - padding : most, out_.size() - out_at_ - framing, s->chunk});
  content_at_ = out_at_ + frame_head_bytes + (padding != 0 ? 1 : 0);
  const auto room = out_.subspan(content_at_, most);
  std::size_t n = 0;
  bool has_trailers = false;
  while (n < most && !s->blocked() && !holds_content()) {
    auto produced = s->answer->produce(room.subspan(n));
    n += produced.bytes;
    has_trailers = produced.complete && !produced.trailers.empty();
    apply(*s, produced);
  }
  if (s->complete)
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (s->complete && has_trailers)
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  if (!s->held.empty())
    runnable_.push_back(id); // the answer may have made room
  if (n == 0 && !s->complete) {
    s->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return static_cast<std::ptrdiff_t>(n);
}

} // namespace sluice::origin
