#include <sluice/protocols/http2/session_impl.hpp>

#include <algorithm>
#include <array>
#include <new>

namespace sluice::http2 {

namespace {

constexpr std::size_t output_bytes = 32u << 10; // output() collects frames up to this: fewer TLS records and writes

std::vector<nghttp2_nv> as_nv(const std::vector<http::field>& lines) {
  return http::library_lines<nghttp2_nv>(lines, NGHTTP2_NV_FLAG_NO_INDEX);
}

ssize_t on_read_upload(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t room, std::uint32_t* flags,
                       nghttp2_data_source*, void* user) {
  return static_cast<engine::session*>(user)->read_upload(id, out, room, *flags);
}

} // namespace

// ---- session -------------------------------------------------------------------------------------

engine::session::session(http::engine_events& sink, const limits& bounds, wire_bytes first_window)
  : sink_(sink), limits_(bounds), watch_(bounds), initial_window_(first_window.value) {
  guard_.run([this] { begin(); });
}

void engine::session::begin() {
  nghttp2_option* option = nullptr;
  if (nghttp2_option_new(&option) != 0)
    throw std::bad_alloc{};
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, 1u << 20);
  nghttp2_option_set_no_closed_streams(option, 1);
  // nghttp2 counts a CONTINUATION frame again for each piece in which its nine header bytes arrive. frame_watch counts
  // frames and enforces the limit first.
  nghttp2_option_set_max_continuations(option, 9 * (limits_.continuation_frames + 1));
  const nghttp2_session_callbacks* callbacks = nullptr;
  guard_.run([&] { callbacks = session_callbacks(); });
  if (!callbacks || nghttp2_session_client_new2(&nghttp2_, callbacks, this, option) != 0)
    guard_.fail(out_of_memory());
  nghttp2_option_del(option);
  if (broken())
    return;
  const std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(initial_window_)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.head_bytes)},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits_.header_table_bytes},
  }};
  usable_after(nghttp2_submit_settings(nghttp2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  usable_after(nghttp2_session_set_local_window_size(nghttp2_, NGHTTP2_FLAG_NONE, 0,
                                                     static_cast<std::int32_t>(limits_.connection_window)));
}

engine::session::~session() { nghttp2_session_del(nghttp2_); }

engine::session::stream* engine::session::find(std::uint32_t index) const {
  auto i = streams_.find(index);
  return i == streams_.end() ? nullptr : i->second.get();
}

failure engine::session::open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
                              wire_bytes window) {
  if (broken() && !over_) // settle() was not called yet
    return guard_.why();
  if (!takes_requests()) // nghttp2 would accept the request, but neither send nor fail it
    return {errc::connection_closed, caused_by::transport,
            over_ ? "the connection is over" : "the origin takes no more requests on this connection"};
  auto lines = http::request_lines(head, body);
  if (!lines)
    return lines.error();
  const auto accepted = nghttp2_session_get_remote_settings(nghttp2_, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE);
  if (auto refused = http::check_size(*lines, accepted, "SETTINGS_MAX_HEADER_LIST_SIZE"))
    return refused;
  const auto nv = as_nv(*lines);
  auto s = std::make_unique<stream>();
  s->index = index;
  s->method = head.method;
  s->allowed = window.value;
  s->uploading = body.present && body.length != std::uint64_t{0};
  const bool first = streams_.empty();
  auto& opened = *streams_.emplace(index, std::move(s)).first->second; // nothing throws from here on
  if (window.value < initial_window_)
    lower_initial_window(window.value);
  nghttp2_data_provider provider{{.ptr = nullptr},
                                 guarded_callback<session, on_read_upload, NGHTTP2_ERR_CALLBACK_FAILURE>::call};
  opened.id = broken() ? NGHTTP2_ERR_NOMEM
                       : nghttp2_submit_request(nghttp2_, nullptr, nv.data(), nv.size(),
                                                opened.uploading ? &provider : nullptr, &opened);
  if (const int code = opened.id; code < 0) {
    streams_.erase(index);
    return usable_after(code) ? failure{errc::internal, caused_by::local,
                                        std::string{"the request could not be queued: "} + nghttp2_strerror(code)}
                              : guard_.why();
  }
  if (first)
    last_received_ = http::time_point{}; // output() restarts the silence timer when it writes the request
  return {};
}

/// Lowers SETTINGS_INITIAL_WINDOW_SIZE for a body with a smaller window. SETTINGS are sent before the request. They
/// also reduce the windows of open streams; WINDOW_UPDATE frames restore these immediately.
void engine::session::lower_initial_window(std::uint64_t to) {
  const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(to)};
  usable_after(nghttp2_submit_settings(nghttp2_, NGHTTP2_FLAG_NONE, &entry, 1));
  initial_window_ = to;
  for (auto& [index, s] : streams_)
    open_window(*s);
}

/// Raises the stream's window on the wire to the body bytes that the origin may still send: after a grant, and after
/// padding, which uses window too. The current window comes from nghttp2, which credits some padding by itself and then
/// counts grants against that.
void engine::session::open_window(stream& s) {
  if (s.ended || s.cancelled || !s.sent)
    return;                           // on_sent() calls it again
  const std::int64_t unacknowledged = // change of the initial window by SETTINGS that the peer has not acknowledged
      static_cast<std::int64_t>(initial_window_)
      - nghttp2_session_get_local_settings(nghttp2_, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
  const auto current = nghttp2_session_get_stream_local_window_size(nghttp2_, s.id) + unacknowledged;
  const auto wanted = static_cast<std::int64_t>(std::min<std::uint64_t>(s.allowed, NGHTTP2_MAX_WINDOW_SIZE));
  if (wanted > current)
    usable_after(nghttp2_submit_window_update(
        nghttp2_, NGHTTP2_FLAG_NONE, s.id,
        static_cast<std::int32_t>(std::min<std::int64_t>(wanted - current, NGHTTP2_MAX_WINDOW_SIZE))));
}

void engine::session::receive(std::span<const std::byte> input, http::time_point now) {
  now_ = last_received_ = now;
  if (over_)
    return;
  guard_.run([&] { take_input(input, now); });
  settle();
}

void engine::session::take_input(std::span<const std::byte> input, http::time_point now) {
  if (auto refused = watch_.receive(input, now)) {
    usable_after(nghttp2_session_terminate_session(nghttp2_, refused.code == errc::flooded ? NGHTTP2_ENHANCE_YOUR_CALM
                                                                                           : NGHTTP2_PROTOCOL_ERROR));
    return end(refused);
  }
  const auto taken =
      nghttp2_session_mem_recv(nghttp2_, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  if (broken() || taken == NGHTTP2_ERR_NOMEM)
    return guard_.fail(out_of_memory());
  if (const auto n = std::exchange(to_credit_, 0)) // on receipt, independent of the readers
    usable_after(nghttp2_session_consume_connection(nghttp2_, n));
  for (auto id : std::exchange(padded_, {}))
    if (auto* s = at(id))
      open_window(*s);
  if (taken < 0 && !problem_) {
    const bool flood = taken == NGHTTP2_ERR_FLOODED;
    problem_ = {flood ? errc::flooded : errc::protocol_violation, caused_by::remote,
                "the origin broke HTTP/2: "
                    + (last_words_.empty() ? nghttp2_strerror(static_cast<int>(taken)) : last_words_)};
  }
  if (problem_ || taken < 0)
    end(problem_);
}

std::span<const std::byte> engine::session::output(http::time_point now) {
  now_ = now;
  sending_.clear();
  guard_.run([this] { fill_output(); });
  if (problem_ && !broken() && !streams_.empty())
    end(problem_); // nghttp2 ended the connection while it wrote frames
  settle();
  if (last_received_ == http::time_point{})
    last_received_ = now;
  return std::as_bytes(std::span{sending_});
}

void engine::session::fill_output() {
  while (sending_.size() < output_bytes) {
    const std::uint8_t* data = nullptr;
    const auto n = nghttp2_session_mem_send(nghttp2_, &data);
    if (n <= 0 || broken()) {
      usable_after(n);
      return;
    }
    sending_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(n));
  }
}

/// The session has nothing more to do. A broken session must end its streams first.
bool engine::session::finished() const {
  if (over_ || broken())
    return streams_.empty();
  return !nghttp2_session_want_read(nghttp2_) && !nghttp2_session_want_write(nghttp2_);
}

void engine::session::cancel(stream& s, std::uint32_t code) {
  s.cancelled = true;
  s.uploading = false;
  usable_after(nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, s.id, code));
}

void engine::session::ping(http::time_point now) {
  if (ping_under_way_ || ping_queued_ || over_)
    return;
  const int code = nghttp2_submit_ping(nghttp2_, NGHTTP2_FLAG_NONE, nullptr);
  ping_queued_ = usable_after(code) && code == 0;
  next_measure_ = now + limits_.round_trip_every;
  ping_sent_ = now;
}

long engine::session::read_upload(std::int32_t id, std::uint8_t* out, std::size_t room, std::uint32_t& flags) {
  auto* s = at(id);
  if (!s)
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const auto n = std::min(room, s->pending.size() - s->pending_offset);
  std::copy_n(s->pending.data() + s->pending_offset, n, reinterpret_cast<char*>(out));
  s->pending_offset += n;
  const bool empty = s->pending_offset == s->pending.size();
  if (empty) {
    s->pending.clear();
    s->pending_offset = 0;
  }
  if (empty && s->last_given) {
    s->uploading = false;
    flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!s->upload_trailers.empty()) {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto nv = as_nv(s->upload_trailers);
      usable_after(nghttp2_submit_trailer(nghttp2_, id, nv.data(), nv.size()));
    }
  } else if (n == 0 || s->stopped) {
    s->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  return static_cast<long>(n);
}

// ---- engine --------------------------------------------------------------------------------------

engine::engine(http::engine_events& events, const limits& bounds, wire_bytes first_window)
  : session_(std::make_unique<session>(events, bounds, first_window)) {}
engine::~engine() = default;

failure engine::open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
                     wire_bytes window) {
  return made_or_out_of_memory([&] { return session_->open(index, head, body, window); });
}

bool engine::wants_upload(std::uint32_t index) const {
  const auto* s = session_->find(index);
  // The source is not read while the peer's windows are closed.
  return s && !session_->broken() && s->uploading && !s->stopped && !s->last_given && s->pending.empty()
         && nghttp2_session_get_remote_window_size(session_->nghttp2_) > 0
         && nghttp2_session_get_stream_remote_window_size(session_->nghttp2_, s->id) > 0;
}

std::uint64_t engine::upload_left(std::uint32_t index) const {
  const auto* s = session_->find(index);
  return s && s->uploading ? s->pending.size() - s->pending_offset : 0;
}

bool engine::capacity_known() const { return session_->settled_; }

void engine::upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  auto* s = session_->find(index);
  if (!s || !s->uploading || s->stopped)
    return;
  session_->guard_.run([&] {
    s->pending.append(reinterpret_cast<const char*>(data.data()), data.size());
    s->last_given = s->last_given || last;
    if (last)
      s->upload_trailers = http::trailer_lines(trailers);
    if (std::exchange(s->deferred, false))
      session_->usable_after(nghttp2_session_resume_data(session_->nghttp2_, s->id));
  });
}

/// The stream is reset once the response is complete, here or in on_remote_end().
void engine::stop_upload(std::uint32_t index) {
  if (auto* s = session_->find(index); s && s->uploading && !session_->broken()) {
    s->stopped = true;
    if (s->ended)
      session_->cancel(*s, NGHTTP2_CANCEL);
  }
}

void engine::receive(std::span<const std::byte> input, http::time_point now) { session_->receive(input, now); }

void engine::receive_end(const failure& why) {
  session_->output(session_->now_); // if nghttp2 ends the connection in it, its reason takes precedence
  session_->end(why);
  session_->settle();
}

std::span<const std::byte> engine::output(http::time_point now) { return session_->output(now); }

void engine::grant(std::uint32_t index, wire_bytes n) {
  if (auto* s = session_->find(index); s && !session_->broken()) {
    s->allowed += n.value;
    session_->open_window(*s);
  }
}

void engine::cancel(std::uint32_t index) {
  if (auto* s = session_->find(index); s && !s->cancelled && !session_->broken())
    session_->cancel(*s, NGHTTP2_CANCEL);
  else if (s)
    s->cancelled = true;
}

std::size_t engine::capacity() const {
  if (!session_->takes_requests())
    return 0;
  if (!session_->settled_)
    return 1; // nghttp2 would queue a request above the limit behind bodies that may stall
  const std::size_t allowed =
      nghttp2_session_get_remote_settings(session_->nghttp2_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return std::min(allowed, session_->limits_.concurrent_streams);
}

bool engine::ended() const { return session_->finished() || (session_->draining_ && session_->streams_.empty()); }

http::fields engine::sent_fields(const http::request_head& head, const http::outgoing_body& body) const {
  return http::sent_fields(head, body);
}

std::chrono::nanoseconds engine::round_trip() const { return session_->round_trip_; }

http::time_point engine::deadline() const {
  const auto& s = *session_;
  if (s.broken() && !s.over_)
    return {}; // immediately: its streams must be ended
  if (s.over_ || s.streams_.empty() || s.limits_.ping_after.count() == 0 || s.last_received_ == http::time_point{})
    return http::time_point::max();
  const bool pinging = s.ping_under_way_ || s.ping_queued_; // queued counts: the peer may not read
  return pinging ? std::max(s.last_received_, s.ping_sent_) + s.limits_.ping_timeout
                 : s.last_received_ + s.limits_.ping_after;
}

void engine::on_time(http::time_point now) {
  auto& s = *session_;
  if (now < deadline())
    return;
  if (s.broken())
    return s.settle();
  if (!s.ping_under_way_ && !s.ping_queued_)
    return s.ping(now);
  s.end(made_or_out_of_memory([&] {
    return failure{errc::peer_silent, caused_by::transport,
                   "the origin did not answer a PING within " + std::to_string(s.limits_.ping_timeout.count())
                       + " ms; the connection counts as dead"};
  }));
  s.settle();
}

void engine::trace(bool on) { session_->tracing_ = on; }

} // namespace sluice::http2
