#include <sluice/protocols/http3/session_impl.hpp>

#include <algorithm>
#include <cstdio>

namespace sluice::http3 {

namespace {

nghttp3_ssize read_body(nghttp3_conn*, std::int64_t id, nghttp3_vec* to, std::size_t room, std::uint32_t* flags,
                        void* user, void*) {
  return static_cast<engine::session*>(user)->read_upload(id, to, room, *flags);
}

constexpr auto guarded_read_body = &guarded_callback<engine::session, read_body, NGHTTP3_ERR_CALLBACK_FAILURE>::call;

bool is_unidirectional(std::int64_t id) { return id & 2; }

constexpr std::size_t control_token_bytes = 64; // one token of limits::control_bytes stands for this many bytes

} // namespace

std::string code_name(std::uint64_t code) {
  constexpr const char* names[] = {"H3_NO_ERROR",
                                   "H3_GENERAL_PROTOCOL_ERROR",
                                   "H3_INTERNAL_ERROR",
                                   "H3_STREAM_CREATION_ERROR",
                                   "H3_CLOSED_CRITICAL_STREAM",
                                   "H3_FRAME_UNEXPECTED",
                                   "H3_FRAME_ERROR",
                                   "H3_EXCESSIVE_LOAD",
                                   "H3_ID_ERROR",
                                   "H3_SETTINGS_ERROR",
                                   "H3_MISSING_SETTINGS",
                                   "H3_REQUEST_REJECTED",
                                   "H3_REQUEST_CANCELLED",
                                   "H3_REQUEST_INCOMPLETE",
                                   "H3_MESSAGE_ERROR",
                                   "H3_CONNECT_ERROR",
                                   "H3_VERSION_FALLBACK"};
  constexpr const char* qpack_names[] = {"QPACK_DECOMPRESSION_FAILED", "QPACK_ENCODER_STREAM_ERROR",
                                         "QPACK_DECODER_STREAM_ERROR"};
  if (code >= 0x100 && code - 0x100 < std::size(names))
    return names[code - 0x100];
  if (code >= 0x200 && code - 0x200 < std::size(qpack_names))
    return qpack_names[code - 0x200];
  char text[32];
  std::snprintf(text, sizeof text, "error 0x%llx", static_cast<unsigned long long>(code));
  return text;
}

engine::session::session(http::engine_events& sink, const limits& bounds, wire_bytes first_window)
  : sink_(&sink), limits_(bounds), first_window_(first_window.value),
    control_(bounds.control_bytes / control_token_bytes, bounds.control_bytes_a_second / control_token_bytes) {
  make_library_connection();
}

void engine::session::make_library_connection() {
  nghttp3_conn_del(std::exchange(nghttp3_, nullptr));
  nghttp3_settings settings;
  nghttp3_settings_default(&settings);
  settings.max_field_section_size = limits_.head_bytes;
  settings.qpack_max_dtable_capacity = settings.qpack_encoder_max_dtable_capacity = limits_.field_table_bytes;
  settings.qpack_blocked_streams = limits_.blocked_streams;
  usable_after(nghttp3_conn_client_new(&nghttp3_, &connection_callbacks(), &settings, nghttp3_mem_default(), this));
}

engine::session::~session() { nghttp3_conn_del(nghttp3_); }

engine::session::stream* engine::session::find(std::uint32_t index) const {
  auto i = streams_.find(index);
  return i == streams_.end() ? nullptr : i->second.get();
}

engine::session::stream* engine::session::at(std::int64_t id) const {
  auto i = by_id_.find(id);
  return i == by_id_.end() ? nullptr : i->second;
}

std::unique_ptr<engine::session::stream> engine::session::take(std::uint32_t index) {
  auto node = streams_.extract(index);
  if (node.empty())
    return nullptr;
  by_id_.erase(node.mapped()->id);
  return std::move(node.mapped());
}

void engine::session::trace(std::uint32_t index, std::string line) {
  if (tracing_)
    sink_->on_trace(index, std::move(line));
}

// ---- requests ------------------------------------------------------------------------------------

failure engine::session::open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
                              wire_bytes window) {
  if (broken())
    return guard_.why();
  if (over_ || draining_)
    return {errc::connection_closed, caused_by::transport,
            over_ ? "the connection is over" : "the origin takes no more requests on this connection"};
  auto lines = http::request_lines(head, body);
  if (!lines)
    return lines.error();
  if (auto refused = http::check_size(*lines, accepted_head_bytes_, "SETTINGS_MAX_FIELD_SECTION_SIZE"))
    return refused;
  auto s = std::make_unique<stream>();
  s->index = index;
  s->method = head.method;
  s->lines = *std::move(lines);
  s->allowed = window.value;
  s->small_window = window.value < first_window_;
  s->uploading = body.present && body.length != std::uint64_t{0};
  s->safe = !body.present && http::is_safe(head.method);
  waiting_.push_back(index); // if the next line throws, start_waiting() ignores the entry
  streams_.emplace(index, std::move(s));
  if (ready_ || early_)
    guard_.run([this] { start_waiting(); });
  close_if_caught();
  return {};
}

void engine::session::start_waiting() {
  for (auto i = waiting_.begin(); i != waiting_.end() && !over_ && !broken();) {
    auto* s = find(*i);
    if (s && !ready_ && !s->safe) { // RFC 8470 section 2: early data may be replayed
      ++i;
      continue;
    }
    if (s) {
      const auto id = quic_->open_bidirectional();
      if (!id)
        return;
      s->id = *id;
      by_id_.emplace(*id, s);
      start(*s);
    }
    i = waiting_.erase(i);
  }
}

void engine::session::start(stream& s) {
  const auto nv = as_nv(s.lines, peer_has_table_);
  const nghttp3_data_reader reader{guarded_read_body};
  if (const int code =
          nghttp3_conn_submit_request(nghttp3_, s.id, nv.data(), nv.size(), s.uploading ? &reader : nullptr, nullptr);
      usable_after(code) && code != 0)
    s.problem = {errc::internal, caused_by::local,
                 std::string{"the request could not be queued: "} + nghttp3_strerror(code)};
  if (s.problem)
    unsent_.push_back(s.index);
  s.early = !ready_;
  if (!s.early)
    s.lines = {};
  s.announced = first_window_; // ngtcp2 sends no credit before the response begins; widen() then announces more
  trace(s.index, "sent HEADERS on stream " + std::to_string(s.id) + (s.early ? " as early data (0-RTT)" : ""));
}

std::size_t engine::session::capacity() const {
  if (over_ || draining_ || broken())
    return 0;
  if (!ready_)
    return 1; // the limit of the origin is not known yet
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(limits_.concurrent_streams, by_id_.size() + quic_->bidirectional_left()));
}

// ---- calls from the engine -----------------------------------------------------------------------

bool engine::session::wants_upload(const stream& s) const {
  // The source is not read while the peer's windows are closed.
  return s.uploading && !s.stopped && !s.last_given && !s.cancelled && s.id >= 0 && s.handed == s.pieces.size()
         && (s.deferred || !s.asked) && s.kept_bytes < limits_.upload_bytes && quic_->send_room(s.id) > 0;
}

void engine::session::upload(stream& s, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  if (!s.uploading || s.stopped)
    return;
  if (!data.empty()) {
    s.pieces.emplace_back(reinterpret_cast<const char*>(data.data()), data.size());
    s.kept_bytes += data.size();
  }
  s.last_given = s.last_given || last;
  if (last)
    s.upload_trailers = http::trailer_lines(trailers);
  if (std::exchange(s.deferred, false))
    usable_after(nghttp3_conn_resume_stream(nghttp3_, s.id));
}

/// The stream is reset once the response is complete, here or in on_end_stream().
void engine::session::stop_upload(stream& s) {
  if (!s.uploading)
    return;
  s.stopped = true;
  if (s.ended)
    abandon(s, NGHTTP3_H3_REQUEST_CANCELLED);
}

/// The only call that opens the window of a body.
void engine::session::grant(stream& s, std::uint64_t n) {
  s.allowed += n;
  s.credit_due = s.small_window;
  if (s.id >= 0 && !s.ended && !s.cancelled)
    widen(s);
}

/// Raises the limit announced to the origin to the bytes settled plus the body bytes allowed. ngtcp2 sends no credit of
/// a quarter of the first window or less, so smaller credit is kept until it adds up. With a small window it may never
/// add up. Then an origin that has used its credit gets a quarter of the first window for any grant; the excess is
/// subtracted from later grants.
void engine::session::widen(stream& s) {
  const auto minimum = first_window_ / 4 + 1, limit = s.settled + s.allowed;
  auto credit = limit > s.announced ? limit - s.announced : 0;
  if (credit < minimum) {
    if (!s.credit_due || s.allowed == 0 || !used_up(s))
      return;
    credit = minimum;
  }
  s.credit_due = false;
  s.announced += credit;
  quic_->credit_stream(s.id, credit);
}

void engine::session::credit_framing(stream& s, std::uint64_t n) {
  if (n == 0)
    return;
  s.settled += n;
  widen(s);
  s.framing += n;
  if (!s.problem && s.framing > limits_.framing_bytes + 4 * s.received)
    s.problem = {errc::flooded, caused_by::remote,
                 "the origin floods the stream with bytes that are not part of the body (limit framing_bytes)"};
}

void engine::session::abandon(stream& s, std::uint64_t code) {
  s.uploading = false;
  if (s.id < 0)
    return;
  quic_->stop(s.id, code);
  quic_->reset(s.id, code);
  if (broken())
    return;
  usable_after(nghttp3_conn_shutdown_stream_read(nghttp3_, s.id));
  nghttp3_conn_shutdown_stream_write(nghttp3_, s.id);
}

void engine::session::cancel(stream& s) {
  if (s.cancelled)
    return;
  s.cancelled = true;
  if (s.id < 0)
    cancelled_unopened_.push_back(s.index);
  else
    abandon(s, NGHTTP3_H3_REQUEST_CANCELLED);
  trace(s.index, "cancelled");
}

// ---- the end of streams --------------------------------------------------------------------------

/// Emits on_failure and forgets the stream. QUIC closes it later, without further events.
void engine::session::fail(stream& s, failure why, std::uint64_t code, bool unprocessed) {
  s.add_progress(why);
  trace(s.index, "failed: " + why.detail);
  const auto kept = take(s.index); // nothing throws from here on but the sink that is told
  abandon(*kept, code);
  sink_->on_failure(kept->index, std::move(why), unprocessed, kept->silent());
}

bool engine::session::usable_after(long code) noexcept {
  if (code == NGHTTP3_ERR_NOMEM)
    guard_.fail(out_of_memory());
  close_if_caught();
  return !broken();
}

void engine::session::close_if_caught() noexcept {
  if (guard_ && quic_)
    quic_->close(NGHTTP3_H3_INTERNAL_ERROR, guard_.why());
}

void engine::session::protocol_error(int code, const std::string& where) {
  if (!usable_after(code))
    return;
  const auto h3 = nghttp3_err_infer_quic_app_error_code(code);
  const bool own_error = code == NGHTTP3_ERR_NOMEM || code == NGHTTP3_ERR_CALLBACK_FAILURE
                         || code == NGHTTP3_ERR_INVALID_ARGUMENT || code == NGHTTP3_ERR_INVALID_STATE;
  failure why{own_error ? errc::internal : errc::protocol_violation, own_error ? caused_by::local : caused_by::remote,
              (own_error ? "HTTP/3 failed (" : "the origin broke HTTP/3 (") + code_name(h3) + ") on " + where + ": "
                  + nghttp3_strerror(code)};
  quic_->close(h3, std::move(why)); // engine::settle() ends the streams with it
}

void engine::session::settle() {
  for (auto index : std::exchange(cancelled_unopened_, {}))
    if (take(index))
      sink_->on_closed(index, true);
  for (auto index : std::exchange(unsent_, {}))
    if (auto* s = find(index); s && s->problem && !s->cancelled)
      fail(*s, std::move(s->problem), NGHTTP3_H3_REQUEST_CANCELLED, true);
}

void engine::session::end(const failure& why) noexcept {
  over_ = true;
  guard_.run([this] { settle(); });
  const auto open_streams = std::exchange(streams_, {});
  by_id_.clear();
  waiting_.clear();
  for (const auto& [index, s] : open_streams) {
    if (s->cancelled || s->ended) {
      guard_.run_always([&, i = index] { sink_->on_closed(i, false); });
      continue;
    }
    auto mine = made_or_out_of_memory([&, &open_stream = *s] { return reason_of_end(open_stream, why); });
    // A request that was sent early and never answered may be sent again: it changes nothing.
    guard_.run_always([&, i = index, &open_stream = *s] {
      sink_->on_failure(i, std::move(mine), open_stream.id < 0 || (open_stream.early && !ready_), open_stream.silent());
    });
  }
}

failure engine::session::reason_of_end(const stream& s, const failure& why) const {
  auto mine = s.reason_of_end(why, goaway_);
  if (mine.code == errc::connection_closed && s.head_seen)
    mine.code = errc::truncated_body;
  return mine;
}

void engine::session::on_goaway(std::int64_t id) {
  draining_ = true;
  goaway_ =
      id >= static_cast<std::int64_t>(NGHTTP3_SHUTDOWN_NOTICE_STREAM_ID)
          ? "the origin is about to close the connection (GOAWAY)"
          : "the origin closes the connection (GOAWAY) and processes no stream from " + std::to_string(id) + " on";
  std::vector<std::uint32_t> unprocessed;
  for (const auto& [index, s] : streams_)
    if (!s->cancelled && !s->ended && (s->id < 0 || s->id >= id))
      unprocessed.push_back(index);
  for (auto index : unprocessed)
    if (!broken())
      fail(*find(index), {errc::refused, caused_by::remote, "the origin did not process the request: " + goaway_},
           NGHTTP3_H3_REQUEST_CANCELLED, true);
}

// ---- quic::application ---------------------------------------------------------------------------

bool engine::session::open_own_streams() {
  const auto control = quic_->open_unidirectional(), encoder = quic_->open_unidirectional(),
             decoder = quic_->open_unidirectional();
  if (!control || !encoder || !decoder) {
    quic_->close(
        NGHTTP3_H3_GENERAL_PROTOCOL_ERROR,
        {errc::protocol_violation, caused_by::remote,
         "the origin allows fewer than the three unidirectional streams that HTTP/3 needs (RFC 9114 section 6.2)"});
    return false;
  }
  return usable_after(nghttp3_conn_bind_control_stream(nghttp3_, *control))
         && usable_after(nghttp3_conn_bind_qpack_streams(nghttp3_, *encoder, *decoder));
}

void engine::session::on_ready() {
  if (!std::exchange(early_, false) && !open_own_streams())
    return;
  ready_ = true;
  for (const auto& [id, s] : by_id_)
    s->lines = {};
  start_waiting();
}

void engine::session::on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) {
  quic_->credit_connection(data.size()); // on receipt, independent of the readers
  if (data.empty() && !last)
    return;
  auto* s = at(id);
  if (over_ || broken() || (!is_unidirectional(id) && (!s || s->cancelled || s->problem)))
    return; // the stream has ended
  if (is_unidirectional(id))
    for (std::size_t i = 0; i < data.size() / control_token_bytes + 1; ++i)
      if (!control_.take(now_))
        return quic_->close(NGHTTP3_H3_EXCESSIVE_LOAD,
                            {errc::flooded, caused_by::remote,
                             "the origin floods its control streams (limits control_bytes, control_bytes_a_second)"});
  if (s)
    s->arrived += data.size();
  const auto taken =
      nghttp3_conn_read_stream(nghttp3_, id, reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), last);
  // A malformed message is a stream error (RFC 9114 section 4.1.2): the stream is not read any more.
  const bool malformed =
      !is_unidirectional(id)
      && (taken == NGHTTP3_ERR_MALFORMED_HTTP_HEADER || taken == NGHTTP3_ERR_MALFORMED_HTTP_MESSAGING);
  if (broken())
    return close_if_caught();
  if (taken < 0 && !malformed)
    return protocol_error(static_cast<int>(taken),
                          is_unidirectional(id) ? "a control stream" : "stream " + std::to_string(id));
  if (is_unidirectional(id))
    return quic_->credit_stream(id, static_cast<std::uint64_t>(taken));
  s = at(id); // callbacks may have failed it
  if (!s)
    return;
  if (malformed)
    on_refused(id, NGHTTP3_H3_MESSAGE_ERROR);
  else
    credit_framing(*s, static_cast<std::uint64_t>(taken));
  if (s->credit_due && !s->problem && !s->ended && !s->cancelled)
    widen(*s); // these bytes may have used up its credit
  if (s->problem && !s->cancelled) {
    const bool excessive = s->problem.code == errc::flooded || s->problem.code == errc::header_too_large;
    fail(*s, std::move(s->problem), excessive ? NGHTTP3_H3_EXCESSIVE_LOAD : NGHTTP3_H3_MESSAGE_ERROR);
  }
}

void engine::session::on_stream_reset(std::int64_t id, std::uint64_t code) {
  if (broken())
    return;
  if (is_unidirectional(id) && !at(id)) {
    usable_after(nghttp3_conn_shutdown_stream_read(nghttp3_, id));
    return;
  }
  auto* s = at(id);
  if (!s || s->cancelled)
    return;
  if (s->ended) // the response is complete: the reset has no effect
    return;
  const bool refused = code == NGHTTP3_H3_REQUEST_REJECTED;
  failure why{refused ? errc::refused : closing_errc(code), caused_by::remote,
              refused ? "the origin did not process the request (H3_REQUEST_REJECTED)"
                      : "the origin reset the stream with " + code_name(code)};
  fail(*s, std::move(why), NGHTTP3_H3_REQUEST_CANCELLED, refused);
}

void engine::session::on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) {
  if (broken())
    return;
  const int result = nghttp3_conn_close_stream(nghttp3_, id, code.value_or(NGHTTP3_H3_NO_ERROR));
  if (broken() || (result != 0 && result != NGHTTP3_ERR_STREAM_NOT_FOUND))
    return protocol_error(result, "the closing of stream " + std::to_string(id));
  auto* s = at(id);
  if (!s)
    return;
  if (s->ended || s->cancelled) {
    const auto closed = take(s->index);
    return sink_->on_closed(closed->index, true);
  }
  fail(*s,
       s->problem
           ? std::move(s->problem)
           : failure{errc::truncated_body, caused_by::remote, "the stream ended before its response was complete"},
       NGHTTP3_H3_REQUEST_CANCELLED);
}

void engine::session::on_acknowledged(std::int64_t id, std::uint64_t n) {
  if (!broken())
    usable_after(nghttp3_conn_add_ack_offset(nghttp3_, id, n));
}

void engine::session::on_send_room(std::int64_t id) {
  if (!broken())
    usable_after(nghttp3_conn_unblock_stream(nghttp3_, id));
}
void engine::session::on_streams_allowed() { start_waiting(); }

quic::outgoing engine::session::next_outgoing() {
  quic::outgoing result;
  if (!(ready_ || early_) || over_ || broken())
    return result;
  nghttp3_vec parts[quic::outgoing::parts_max];
  int last = 0;
  nghttp3_ssize n = 0;
  do { // nghttp3 does not go on to the next stream by itself where the first one's source has nothing
    source_empty_ = false;
    n = nghttp3_conn_writev_stream(nghttp3_, &result.id, &last, parts, std::size(parts));
  } while (n == 0 && result.id < 0 && source_empty_);
  if (n < 0 || broken()) {
    result.id = -1;
    protocol_error(static_cast<int>(n), "the data to send");
    return result;
  }
  result.last = last != 0;
  result.count = static_cast<std::size_t>(n);
  for (std::size_t i = 0; i < result.count; ++i)
    result.parts[i] = std::as_bytes(std::span{parts[i].base, parts[i].len});
  return result;
}

void engine::session::on_written(std::int64_t id, std::size_t n) {
  if (!broken())
    usable_after(nghttp3_conn_add_write_offset(nghttp3_, id, n));
}
void engine::session::on_blocked(std::int64_t id) {
  if (!broken())
    nghttp3_conn_block_stream(nghttp3_, id);
}
void engine::session::on_unwritable(std::int64_t id) {
  if (broken())
    return;
  nghttp3_conn_shutdown_stream_write(nghttp3_, id);
  if (auto* s = at(id))
    s->uploading = false; // the response may go on
}

} // namespace sluice::http3
