#include "http2_session.hpp"

#include "http2_callbacks.hpp"
#include "routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

http2_session::http2_session(connection& carrier, shared_state& shared)
  : carrier_(carrier), shared_(shared), session_(make_http2_session(*this)), timer_(carrier.executor()),
    withholds_settings_(!shared.settings.http2.send_settings) {
  add(shared_.figures.http2_connections);
  submit_own_settings();
}

http2_session::~http2_session() { nghttp2_session_del(session_); }

void http2_session::submit_own_settings() {
  const auto& x = shared_.settings.http2;
  const std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, x.max_concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, x.initial_window_size},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, x.max_frame_size},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, x.header_table_size},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(x.connection_window_size));
}

http2_stream* http2_session::find(std::int32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

bool http2_session::drops_when_blocked() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& x) { return x.second->answer && x.second->answer->drops_when_blocked(); });
}

void http2_session::abandon() {
  timer_.cancel();
  for (auto& [id, s] : streams_)
    s->timer.reset();
}

bool http2_session::busy() const {
  return frozen_
         || std::any_of(streams_.begin(), streams_.end(), [](const auto& x) { return x.second->answer != nullptr; });
}

// ---- in ------------------------------------------------------------------------------------------

bool http2_session::consume(std::span<const std::byte>& input) {
  if (input.empty() || frozen_ || ends_)
    return false;
  const auto n = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  if (n < 0) {
    add(shared_.figures.malformed_requests);
    ends_ = then::close;
  }
  input = {};
  return true;
}

void http2_session::on_frame_begun(frame_header x) {
  auto& figures = shared_.figures;
  const bool is_ack = (x.flags & NGHTTP2_FLAG_ACK) != 0;
  if (x.type == NGHTTP2_WINDOW_UPDATE)
    add(x.stream == 0 ? figures.connection_window_updates : figures.stream_window_updates);
  else if (x.type == NGHTTP2_PING && !is_ack)
    add(figures.pings_received);
  else if (x.type == NGHTTP2_SETTINGS && !is_ack)
    add(figures.settings_received);
  else if (x.type == NGHTTP2_GOAWAY)
    add(figures.goaways_received);
  else if (x.type == NGHTTP2_RST_STREAM)
    add(figures.resets_received);
}

void http2_session::on_window_update(std::int32_t id, std::uint32_t increment) {
  const auto* s = find(id);
  if (s == nullptr || !s->record)
    return;
  add(s->record->window_updates);
  add(s->record->window_bytes, increment);
}

void http2_session::on_reset(std::int32_t id, std::uint32_t code) {
  if (code == NGHTTP2_CANCEL)
    add(shared_.figures.cancels_received);
  answered_raw_.erase(id);
  const auto* s = find(id);
  if (s != nullptr && s->record)
    s->record->reset_code = code;
}

void http2_session::on_head_begun(std::int32_t id) {
  auto s = std::make_unique<http2_stream>(id, shared_);
  s->request.version = http::version::http2;
  streams_.insert_or_assign(id, std::move(s));
}

void http2_session::on_field(std::int32_t id, std::string_view name, std::string_view value) {
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

void http2_session::on_request(std::int32_t id, bool ends) {
  auto* s = find(id);
  if (s == nullptr)
    return;
  auto& x = s->request;
  x.has_body = s->request_here = true;
  if (ends)
    x.has_body = false;
  if (const auto length = x.head.fields.get("content-length"))
    x.content_length = parse_count(*length);
  x.expects_continue = http::equals_ignoring_case(x.head.fields.get("expect").value_or(""), "100-continue");
  if (const query target(x.head.target); target.has("id"))
    s->record = shared_.streams.begin(target.text("id"), static_cast<std::uint32_t>(id));
  add(shared_.figures.requests);
  ++requests_begun;
  s->answer = route(x, shared_, static_cast<std::uint32_t>(id));
  if (ends)
    on_request_end(id);
  wake(*s);
}

void http2_session::on_data(std::int32_t id, std::span<const std::byte> data) {
  auto* s = find(id);
  if (s == nullptr || !s->answer) {
    nghttp2_session_consume(session_, id, data.size());
    return;
  }
  add(shared_.figures.request_body_bytes, data.size());
  if (s->record)
    add(s->record->request_body_bytes, data.size());
  s->request_body_bytes += data.size();
  if (!s->request.content_length && s->request_body_bytes > shared_.settings.request_body_bytes_max) {
    s->done = true; // an announced length was refused when it was announced
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  s->held.add(data);
  hand_over_body(*s);
}

void http2_session::on_request_end(std::int32_t id) {
  auto* s = find(id);
  if (s == nullptr || !s->answer)
    return;
  s->request_over = true;
  tell_request_end(*s);
}

/// What the answer has room for; the windows are given back with it, and with what nobody wants.
void http2_session::hand_over_body(http2_stream& s) {
  while (!s.held.empty()) {
    const auto rest = s.held.rest();
    const auto n = s.done ? rest.size() : std::min(rest.size(), s.answer->room());
    if (n == 0)
      return;
    if (!s.done)
      s.answer->take(rest.first(n));
    s.held.drop(n);
    nghttp2_session_consume(session_, s.id, n);
    if (std::exchange(s.starved, false))
      wake(s);
  }
  tell_request_end(s);
}

void http2_session::tell_request_end(http2_stream& s) {
  if (!s.request_over || !s.held.empty() || std::exchange(s.request_end_told, true) || s.done)
    return;
  s.answer->request_ended();
  s.starved = false;
  wake(s);
}

} // namespace sluice::origin
