#include "multiplexed_session.hpp"

#include "http2_session.hpp"
#include "http3_session.hpp"
#include "query.hpp"
#include "routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

template <class Stream, class Carrier>
Stream* multiplexed_session<Stream, Carrier>::find(stream_id id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

template <class Stream, class Carrier>
bool multiplexed_session<Stream, Carrier>::busy() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& entry) { return entry.second->answer != nullptr; });
}

// ---- requests ------------------------------------------------------------------------------------

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::on_head_begun(stream_id id) {
  streams_.insert_or_assign(id, std::make_unique<Stream>(id, shared_));
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::on_field(stream_id id, std::string_view name, std::string_view value) {
  auto* s = find(id);
  if (s == nullptr)
    return;
  auto& head = s->request.head;
  if (name == ":method")
    head.method = value;
  else if (name == ":scheme")
    head.scheme = value;
  else if (name == ":authority")
    head.authority = value;
  else if (name == ":path")
    head.target = value;
  else
    head.fields.add(std::string(name), std::string(value));
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::on_request(stream_id id, bool ends) {
  auto* s = find(id);
  if (s == nullptr)
    return;
  auto& request = s->request;
  request.has_body = !ends;
  if (const auto length = request.head.fields.get("content-length"))
    request.content_length = parse_count(*length);
  request.expects_continue = http::equals_ignoring_case(request.head.fields.get("expect").value_or(""), "100-continue");
  if (const query target(request.head.target); target.has("id"))
    s->record = shared_.streams.begin(target.text("id"), static_cast<std::uint32_t>(id));
  add(shared_.figures.requests);
  if (shared_.log)
    s->logged.emplace(*shared_.log, request);
  note_request(*s);
  s->answer = route(request, shared_, static_cast<std::uint32_t>(id));
  wake(*s);
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::on_data(stream_id id, std::span<const std::byte> data) {
  auto* s = find(id);
  if (s != nullptr && s->logged)
    s->logged->add_body(data);
  if (s == nullptr || !s->answer)
    return credit(id, data.size());
  add(shared_.figures.request_body_bytes, data.size());
  if (s->record)
    add(s->record->request_body_bytes, data.size());
  s->request_body_bytes += data.size();
  if (!s->request.content_length && s->request_body_bytes > shared_.settings.request_body_bytes_max) {
    s->done = true; // an announced length was refused when it was announced
    refuse_body(*s);
  }
  s->held.add(data);
  hand_over_body(*s);
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::on_request_end(stream_id id) {
  auto* s = find(id);
  if (s != nullptr && s->logged) {
    s->logged->complete();
    s->logged.reset();
  }
  if (s == nullptr || !s->answer)
    return;
  s->request_over = true;
  tell_request_end(*s);
}

/// What the answer has room for; the windows are given back with it, and with what nobody wants.
template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::hand_over_body(Stream& s) {
  while (!s.held.empty()) {
    const auto rest = s.held.rest();
    const auto n = s.done ? rest.size() : std::min(rest.size(), s.answer->room());
    if (n == 0)
      return;
    if (!s.done)
      s.answer->take(rest.first(n));
    s.held.drop(n);
    credit(s.id, n);
    if (std::exchange(s.starved, false))
      wake(s);
  }
  tell_request_end(s);
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::tell_request_end(Stream& s) {
  if (!s.request_over || !s.held.empty() || std::exchange(s.request_end_told, true) || s.done)
    return;
  s.answer->request_ended();
  s.starved = false;
  wake(s);
}

// ---- answers -------------------------------------------------------------------------------------

template <class Stream, class Carrier>
bool multiplexed_session<Stream, Carrier>::drive_runnable() {
  bool moved = false;
  for (; !runnable_.empty(); moved = true) {
    const auto id = runnable_.front();
    runnable_.pop_front();
    if (auto* s = find(id); s != nullptr && s->answer)
      drive(*s);
  }
  return moved;
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::drive(Stream& s) {
  std::array<std::byte, 4096> unwanted; // content of an answer that must not have any
  while (!s.blocked() && !ending() && (!s.sends_data || s.complete)) {
    auto produced = s.answer->produce(unwanted);
    apply(s, produced);
  }
  hand_over_body(s);
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::apply_next(Stream& s, const step& produced) {
  switch (produced.next) {
    case then::more: break;
    case then::pause: wait(s, produced.pause, &Stream::paused); break;
    case then::starved: s.starved = true; break;
    case then::stall: s.stalled = true; break;
    default: end_answer(s, produced);
  }
}

template <class Stream, class Carrier>
void multiplexed_session<Stream, Carrier>::wait(Stream& s, std::chrono::milliseconds time, bool Stream::* waits) {
  s.*waits = true;
  s.timer.emplace(carrier_.executor());
  carrier_.wake_after(*s.timer, time, [this, id = s.id, waits] {
    if (auto* again = find(id)) {
      again->*waits = false;
      wake(*again);
    }
  });
}

template class multiplexed_session<http2_stream, connection>;
template class multiplexed_session<http3_stream, http3_carrier>;

} // namespace sluice::origin
