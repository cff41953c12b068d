// http3_session: moving answers on, a step at a time.
#include "field_lines.hpp"
#include "http3_frames.hpp"
#include "http3_session.hpp"

#include <sluice/protocols/http/field_section.hpp>

#include <nghttp3/nghttp3.h>

#include <algorithm>

namespace sluice::origin {

namespace {

std::vector<nghttp3_nv> as_nv(const http::fields& fields) {
  return http::library_lines<nghttp3_nv>(fields.lines(), NGHTTP3_NV_FLAG_NONE);
}

nghttp3_ssize content(nghttp3_conn*, std::int64_t id, nghttp3_vec* to, std::size_t, std::uint32_t* flags, void* user,
                      void*) {
  return static_cast<http3_session*>(user)->read_content(id, to, flags);
}

} // namespace

bool http3_session::advance() {
  goes_on_ = false;
  if (h3_ == nullptr || quic_->ended())
    return false;
  bool moved = drive_runnable();
  moved = end_streams() || moved;
  return end_connection() || moved;
}

void http3_session::wake(http3_stream& s) {
  if (s.by_hand)
    queue_by_hand(s);
  else if (s.sends_data && !s.complete && s.deferred && !s.blocked()) {
    s.deferred = false;
    nghttp3_conn_resume_stream(h3_, s.id);
  }
  runnable_.push_back(s.id);
}

void http3_session::drive(http3_stream& s) {
  if (s.act && s.delivered()) {
    std::exchange(s.act, {})(*this);
    wake(s);
  }
  multiplexed_session::drive(s);
  if (s.done && s.closed)
    forget(s.id);
}

void http3_session::apply(http3_stream& s, step& produced) {
  if (produced.head)
    send_head(s, *produced.head);
  if (produced.raw && !s.complete) {
    s.by_hand = true;
    s.hand_at = s.kept.end();
    s.raw.push_back(std::move(produced.raw));
    queue_by_hand(s);
  }
  if (produced.act) {
    s.act = std::move(produced.act);
    runnable_.push_back(s.id);
  }
  if (produced.complete) {
    s.complete = true;
    if (s.by_hand || (s.sends_data && !produced.trailers.empty()))
      send_trailers(s, produced.trailers);
  }
  apply_next(s, produced);
}

void http3_session::end_answer(http3_stream& s, const step& produced) {
  s.done = true;
  if (produced.next == then::reset_stream) {
    s.resets_with = produced.code;
  } else if (produced.next != then::keep) {
    ends_ = {produced.next, s.id};
  } else if (s.by_hand && !s.complete) {
    s.ends = true; // the raw bytes were the message
    queue_by_hand(s);
  } else if (!s.complete) {
    s.resets_with = NGHTTP3_H3_NO_ERROR;
  }
  if (s.resets_with)
    ending_.push_back(s.id);
  runnable_.push_back(s.id); // the body that nobody takes
}

void http3_session::send_head(http3_stream& s, const outgoing_head& head) {
  if (!head.interim()) {
    s.sends_data = head.has_content;
    s.chunk = std::max<std::size_t>(head.chunk, 1);
  }
  if (s.by_hand) {
    s.raw.push_back(text(frames3::frame(frames3::headers, frames3::section(head))));
    queue_by_hand(s);
    return;
  }
  const auto fields = head_lines(head);
  const auto lines = as_nv(fields);
  s.head_queued = true;
  const nghttp3_data_reader reader{content};
  if (head.interim())
    nghttp3_conn_submit_info(h3_, s.id, lines.data(), lines.size());
  else
    nghttp3_conn_submit_response(h3_, s.id, lines.data(), lines.size(), head.has_content ? &reader : nullptr);
}

void http3_session::send_trailers(http3_stream& s, const http::fields& fields) {
  const auto lower = lowered(fields);
  if (s.by_hand) {
    if (!fields.empty())
      s.raw.push_back(text(frames3::frame(frames3::headers, frames3::section(lower))));
    s.ends = true;
    queue_by_hand(s);
    return;
  }
  const auto lines = as_nv(lower);
  nghttp3_conn_submit_trailers(h3_, s.id, lines.data(), lines.size());
}

/// Content as far as the client's window and the bound on what it has not acknowledged go.
std::ptrdiff_t http3_session::read_content(std::int64_t id, nghttp3_vec* to, std::uint32_t* flags) {
  auto* s = find(id);
  if (s == nullptr)
    return NGHTTP3_ERR_WOULDBLOCK;
  std::size_t n = 0;
  bool has_trailers = false;
  if (const auto most = room_for_content(*s); most != 0) {
    const auto room = s->kept.space(most);
    while (n < room.size() && !s->blocked() && !s->complete && !s->by_hand && !ends_) {
      auto produced = s->answer->produce(room.subspan(n));
      n += produced.bytes;
      has_trailers = produced.complete && !produced.trailers.empty();
      apply(*s, produced);
    }
    if (n != 0) {
      to->base = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(s->kept.commit(n).data()));
      to->len = n;
      kept_ += n;
      if (s->by_hand)
        s->hand_at = s->kept.end();
    }
  }
  if (s->complete && !s->by_hand)
    *flags |= NGHTTP3_DATA_FLAG_EOF;
  if (has_trailers)
    *flags |= NGHTTP3_DATA_FLAG_NO_END_STREAM;
  if (!s->held.empty() || s->complete)
    runnable_.push_back(id); // the answer may have made room, or go on past its message
  if (n == 0 && !(*flags & NGHTTP3_DATA_FLAG_EOF)) {
    s->deferred = content_missing_ = true;
    return NGHTTP3_ERR_WOULDBLOCK;
  }
  return n != 0 ? 1 : 0;
}

std::size_t http3_session::room_for_content(http3_stream& s) const {
  const auto most = shared_.settings.http3.unacknowledged_bytes;
  const auto window = quic_->stream_room(s.id);
  const auto waiting = s.by_hand ? s.kept.end() - s.hand_at : s.offered;
  if (window <= waiting || kept_ >= most)
    return 0;
  return static_cast<std::size_t>(std::min<std::uint64_t>({s.chunk, window - waiting, most - kept_}));
}

} // namespace sluice::origin
