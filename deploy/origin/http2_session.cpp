#include "http2_session.hpp"

#include "http2_callbacks.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

http2_session::http2_session(connection& carrier, shared_state& shared)
  : multiplexed_session(carrier, shared), session_(make_http2_session(*this)), timer_(carrier.executor()),
    withholds_settings_(!shared.settings.http2.send_settings) {
  add(shared_.figures.http2_connections);
  submit_own_settings();
}

http2_session::~http2_session() { nghttp2_session_del(session_); }

void http2_session::submit_own_settings() {
  const auto& configured = shared_.settings.http2;
  const std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, configured.max_concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, configured.initial_window_size},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, configured.max_frame_size},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, configured.header_table_size},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(configured.connection_window_size));
}

bool http2_session::drops_when_blocked() const {
  return std::any_of(streams_.begin(), streams_.end(), [](const auto& entry) {
    return entry.second->answer && entry.second->answer->drops_when_blocked();
  });
}

void http2_session::abandon() {
  timer_.cancel();
  for (auto& [id, s] : streams_)
    s->timer.reset();
}

bool http2_session::busy() const { return frozen_ || multiplexed_session::busy(); }

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

void http2_session::on_frame_begun(frame_header header) {
  auto& figures = shared_.figures;
  const bool is_ack = (header.flags & NGHTTP2_FLAG_ACK) != 0;
  if (header.type == NGHTTP2_WINDOW_UPDATE)
    add(header.stream == 0 ? figures.connection_window_updates : figures.stream_window_updates);
  else if (header.type == NGHTTP2_PING && !is_ack)
    add(figures.pings_received);
  else if (header.type == NGHTTP2_SETTINGS && !is_ack)
    add(figures.settings_received);
  else if (header.type == NGHTTP2_GOAWAY)
    add(figures.goaways_received);
  else if (header.type == NGHTTP2_RST_STREAM)
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

void http2_session::note_request(http2_stream&) { ++requests_begun; }

void http2_session::refuse_body(http2_stream& s) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, s.id, NGHTTP2_ENHANCE_YOUR_CALM);
}

void http2_session::credit(std::int32_t id, std::size_t n) { nghttp2_session_consume(session_, id, n); }

} // namespace sluice::origin
