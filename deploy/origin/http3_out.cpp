// http3_session: what is sent next, the library's or past it, and what became of it.
#include "http3_frames.hpp"
#include "http3_session.hpp"

#include <nghttp3/nghttp3.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace sluice::origin {

namespace {

constexpr std::size_t data_head_bytes = 5;                   // a type of one byte and a length of four
constexpr std::size_t ahead_bytes = kept_bytes::block_bytes; // made by hand before there is a packet for them

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace

/// The library and what goes past it take turns.
quic::outgoing http3_session::next_outgoing() {
  if (goes_on_)
    return offered_;
  offered_.id = -1;
  offered_.last = false;
  offered_.count = 0;
  if (h3_ == nullptr)
    return offered_;
  library_last_ = !library_last_;
  if (!(library_last_ && offer_of_library()) && !offer_by_hand() && !offer_control() && !library_last_)
    offer_of_library();
  return offered_;
}

bool http3_session::offer_of_library() {
  nghttp3_vec parts[quic::outgoing::parts_max];
  int last = 0;
  nghttp3_ssize n = 0;
  do { // the library does not go on to the next stream by itself where the first one's answer has nothing
    content_missing_ = false;
    n = nghttp3_conn_writev_stream(h3_, &offered_.id, &last, parts, std::size(parts));
  } while (n == 0 && offered_.id < 0 && content_missing_);
  if (n < 0) {
    closes_with_ = nghttp3_err_infer_quic_app_error_code(static_cast<int>(n));
    offered_.id = -1;
    return false;
  }
  offered_by_library_ = true;
  offered_.last = last != 0;
  for (nghttp3_ssize i = 0; i < n; ++i)
    offered_.parts[offered_.count++] = std::as_bytes(std::span{parts[i].base, parts[i].len});
  return offered_.id >= 0;
}

/// Of the first stream in turn that has something. Only those with something stay in the queue.
bool http3_session::offer_by_hand() {
  while (!by_hand_.empty()) {
    auto* s = find(by_hand_.front());
    by_hand_.pop_front();
    if (s != nullptr)
      s->queued_by_hand = false;
    if (s == nullptr || s->shut || s->unwritable || s->closed || s->offered != 0 || s->head_queued)
      continue;
    if (fill_by_hand(*s))
      runnable_.push_back(s->id);
    const auto bytes = s->kept.at(s->hand_at);
    const bool last = s->ends && !s->end_written && s->raw.empty() && s->hand_at + bytes.size() == s->kept.end();
    if (bytes.empty() && !last)
      continue;
    offered_.id = s->id;
    offered_.last = last;
    if (!bytes.empty())
      offered_.parts[offered_.count++] = bytes;
    offered_by_library_ = false;
    queue_by_hand(*s); // for the next turn
    return true;
  }
  return false;
}

void http3_session::queue_by_hand(http3_stream& s) {
  if (!std::exchange(s.queued_by_hand, true))
    by_hand_.push_back(s.id);
}

bool http3_session::fill_by_hand(http3_stream& s) {
  bool moved = false;
  while (s.kept.end() - s.hand_at < ahead_bytes && kept_ < shared_.settings.http3.unacknowledged_bytes
         && !s.raw_paused) {
    if (!s.raw.empty()) {
      pull_raw(s);
    } else {
      const auto room = room_for_content(s);
      if (s.blocked() || !s.sends_data || s.complete || ends_ || room == 0)
        break;
      frame_content(s, room);
    }
    moved = true;
  }
  return moved;
}

void http3_session::pull_raw(http3_stream& s) {
  const auto got = s.raw.front()->pull(s.kept.space(kept_bytes::block_bytes));
  s.kept.commit(got.bytes);
  kept_ += got.bytes;
  if (got.pause.count() != 0)
    wait(s, got.pause, &http3_stream::raw_paused);
  if (got.ended)
    s.raw.pop_front();
}

void http3_session::frame_content(http3_stream& s, std::size_t room) {
  const auto to = s.kept.space(data_head_bytes + room);
  if (to.size() <= data_head_bytes) {
    s.kept.put(frames3::varint(0x21, 1) + frames3::varint(0)); // a reserved frame instead (RFC 9114 §7.2.8)
    kept_ += 2;
    return;
  }
  auto produced = s.answer->produce(to.subspan(data_head_bytes));
  if (produced.bytes != 0) {
    const auto head = frames3::varint(frames3::data) + frames3::varint(produced.bytes, data_head_bytes - 1);
    std::memcpy(to.data(), head.data(), head.size());
    s.kept.commit(data_head_bytes + produced.bytes);
    kept_ += data_head_bytes + produced.bytes;
  }
  apply(s, produced);
}

/// Once the library has written all of its own.
bool http3_session::offer_control() {
  auto& c = control_;
  if (!c.bytes.empty() && (c.sent.empty() || c.at == c.sent.back().size())) {
    c.sent.push_back(std::exchange(c.bytes, {}));
    c.at = 0;
  }
  if (c.shut || c.sent.empty() || c.at == c.sent.back().size())
    return false;
  offered_.id = c.id;
  offered_.parts[offered_.count++] = bytes_of(c.sent.back()).subspan(c.at);
  offered_by_library_ = false;
  return true;
}

void http3_session::on_written(std::int64_t id, std::size_t n) {
  goes_on_ = false;
  if (offered_by_library_)
    nghttp3_conn_add_write_offset(h3_, id, n);
  if (id == control_.id && n != 0) {
    auto& runs = control_.unacknowledged;
    if (!runs.empty() && runs.back().by_library == offered_by_library_)
      runs.back().bytes += n;
    else
      runs.push_back({offered_by_library_, n});
    control_.at += offered_by_library_ ? 0 : n;
  }
  auto* s = find(id);
  if (s == nullptr)
    return;
  s->written += n;
  std::size_t offered = 0, content = 0;
  for (std::size_t i = 0; i < offered_.count; ++i) {
    const auto& part = offered_.parts[i];
    if (offered < n && s->kept.holds(part.data()))
      content += std::min(part.size(), n - offered);
    offered += part.size();
  }
  add(shared_.figures.bytes_written, content);
  if (s->record)
    add(s->record->bytes_sent, content);
  if (!offered_by_library_) {
    s->hand_at += n;
    s->end_written = s->end_written || (offered_.last && n == offered);
    return;
  }
  s->by_library += n;
  s->offered = offered - n;
  if (s->offered != 0)
    keep_offering(n);
  else if (std::exchange(s->head_queued, false) || s->by_hand)
    wake(*s);
}

/// What a packet left of the library's offer goes into the next: asking the library costs more than copying.
void http3_session::keep_offering(std::size_t from) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < offered_.count; ++i) {
    const auto skipped = std::min(from, offered_.parts[i].size());
    from -= skipped;
    if (skipped < offered_.parts[i].size())
      offered_.parts[kept++] = offered_.parts[i].subspan(skipped);
  }
  offered_.count = kept;
  goes_on_ = true;
}

void http3_session::on_acknowledged(std::int64_t id, std::uint64_t n) {
  auto* s = find(id);
  if (s == nullptr) {
    if (id == control_.id)
      acknowledge_control(n);
    else if (n != 0 && h3_ != nullptr)
      nghttp3_conn_add_ack_offset(h3_, id, n);
    return;
  }
  const auto library = std::min(n, s->by_library - std::min(s->by_library, s->acknowledged));
  s->acknowledged += n;
  if (library != 0)
    nghttp3_conn_add_ack_offset(h3_, id, library);
  release(*s, n - library);
  if (s->by_hand)
    queue_by_hand(*s);
  if (s->act)
    runnable_.push_back(id);
}

/// Of the control stream: what the library wrote and what went past it, in the order in which they were written.
void http3_session::acknowledge_control(std::uint64_t n) {
  auto& c = control_;
  while (n != 0 && !c.unacknowledged.empty()) {
    auto& run = c.unacknowledged.front();
    const auto part = std::min(n, run.bytes);
    if (run.by_library && h3_ != nullptr)
      nghttp3_conn_add_ack_offset(h3_, c.id, part);
    if (!run.by_library)
      c.acknowledged += static_cast<std::size_t>(part);
    n -= part;
    run.bytes -= part;
    if (run.bytes == 0)
      c.unacknowledged.pop_front();
  }
  while (!c.sent.empty() && c.acknowledged >= c.sent.front().size()) {
    c.acknowledged -= c.sent.front().size();
    c.sent.pop_front();
  }
}

void http3_session::on_content_acknowledged(std::int64_t id, std::uint64_t n) {
  if (auto* s = find(id))
    release(*s, n);
}

/// Others may have been waiting for the place that this leaves.
void http3_session::release(http3_stream& s, std::uint64_t n) {
  n = std::min<std::uint64_t>(n, s.kept.size());
  if (n == 0)
    return;
  s.kept.release(n);
  const bool was_full = kept_ >= shared_.settings.http3.unacknowledged_bytes;
  kept_ -= static_cast<std::size_t>(n);
  if (was_full)
    for (auto& [id, each] : streams_)
      if (each->deferred || each->by_hand)
        wake(*each);
}

void http3_session::on_blocked(std::int64_t id) {
  goes_on_ = false;
  if (offered_by_library_)
    nghttp3_conn_block_stream(h3_, id);
  if (id == control_.id)
    control_.shut = true;
  auto* s = find(id);
  if (s == nullptr)
    return;
  s->shut = true;
  add(shared_.figures.blocked_writes);
  if (s->answer && s->answer->drops_when_blocked())
    ends_ = {then::drop, id};
}

/// The client's STOP_SENDING; its code is told when the stream closes.
void http3_session::on_unwritable(std::int64_t id) {
  goes_on_ = false;
  nghttp3_conn_shutdown_stream_write(h3_, id);
  if (auto* s = find(id)) {
    s->unwritable = s->done = true;
    runnable_.push_back(id);
  }
}

std::string http3_session::error_name(std::uint64_t code) const {
  char result[32];
  std::snprintf(result, sizeof result, "error 0x%llx", static_cast<unsigned long long>(code));
  return result;
}

bool http3_session::is_no_error(std::uint64_t code) const { return code == NGHTTP3_H3_NO_ERROR; }

} // namespace sluice::origin
