#include <sluice/protocols/http3/session_impl.hpp>

namespace sluice::http3 {

engine::engine(http::engine_events& events, const limits& bounds, wire_bytes first_window,
               const quic::client_context& context, const std::string& host, std::uint16_t port,
               const quic::path& where, quic::limits below, http::time_point now)
  : session_(std::make_unique<session>(events, bounds, first_window)) {
  below.stream_window = first_window.value;
  below.peer_bidi_streams = 0; // RFC 9114 section 6.1
  connection_ = std::make_unique<quic::session>(*session_, context, host, port, where, below, now);
  session_->put_on(*connection_);
  session_->begin(now);
  session_->guard_.run([this] {
    if (connection_->early())
      session_->on_early();
  });
  session_->close_if_caught();
}

engine::~engine() = default;

/// Runs a call that must not emit events. An exception is stored; the next call that emits events reports it.
template <class F>
void engine::change(F&& call) noexcept {
  session_->guard_.run(std::forward<F>(call));
  session_->close_if_caught();
}

/// Runs after every call that emits events: reports stored errors and ends the streams of a closed connection.
void engine::settle() noexcept {
  session_->guard_.run([this] { session_->settle(); });
  session_->close_if_caught();
  if (connection_->ended() && !session_->over_)
    session_->end(connection_->problem());
  connection_->keep_alive(!session_->streams_.empty());
}

void engine::receive_datagram(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram,
                              http::time_point now) {
  session_->begin(now);
  connection_->receive(from, mark, datagram, now);
  settle();
}

quic::batch engine::next_datagrams(std::span<std::byte> into, http::time_point now) {
  session_->begin(now);
  auto result = connection_->next_datagrams(into, now);
  settle();
  if (result.bytes == 0 && connection_->ended())
    result = connection_->next_datagrams(into, now); // settle() closed the connection: CONNECTION_CLOSE is due
  return result;
}

void engine::set_events(http::engine_events& events) { session_->sink_ = &events; }
bool engine::handshake_over() const { return connection_->established(); }
http::fields engine::sent_fields(const http::request_head& head, const http::outgoing_body& body) const {
  return http::sent_fields(head, body);
}
void engine::close() { connection_->close(NGHTTP3_H3_NO_ERROR, {}); }
quic::session& engine::connection() { return *connection_; }
const quic::session& engine::connection() const { return *connection_; }

failure engine::open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
                     wire_bytes window) {
  if (connection_->ended())
    return made_or_out_of_memory([&] {
      return connection_->problem()
                 ? connection_->problem()
                 : failure{errc::connection_closed, caused_by::transport, "the connection has ended"};
    });
  return made_or_out_of_memory([&] { return session_->open(index, head, body, window); });
}

bool engine::wants_upload(std::uint32_t index) const {
  const auto* s = session_->find(index);
  return s && session_->wants_upload(*s);
}

std::uint64_t engine::upload_left(std::uint32_t index) const {
  const auto* s = session_->find(index);
  return s ? s->kept_bytes : 0;
}

void engine::upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) {
  if (auto* s = session_->find(index))
    change([&] { session_->upload(*s, data, last, trailers); });
}

void engine::stop_upload(std::uint32_t index) {
  if (auto* s = session_->find(index))
    change([&] { session_->stop_upload(*s); });
}

void engine::receive_end(const failure& why) { session_->end(connection_->problem() ? connection_->problem() : why); }

void engine::grant(std::uint32_t index, wire_bytes n) {
  if (auto* s = session_->find(index))
    change([&] { session_->grant(*s, n.value); });
}

bool engine::used_up(std::uint32_t index) const {
  const auto* s = session_->find(index);
  return s && s->id >= 0 && session_->used_up(*s);
}

void engine::cancel(std::uint32_t index) {
  if (auto* s = session_->find(index))
    session_->broken() ? void(s->cancelled = true) : change([&] { session_->cancel(*s); });
}

std::size_t engine::capacity() const { return connection_->ended() ? 0 : session_->capacity(); }
bool engine::ended() const {
  return session_->over_ || ((connection_->ended() || session_->draining_) && session_->streams_.empty());
}
std::chrono::nanoseconds engine::round_trip() const { return connection_->round_trip(); }

http::time_point engine::deadline() const {
  if (session_->over_)
    return http::time_point::max();
  return connection_->ended() ? http::time_point{} : connection_->deadline(); // immediately: streams must be ended
}

void engine::on_time(http::time_point now) {
  session_->begin(now);
  connection_->on_time(now);
  settle();
}

void engine::trace(bool on) { session_->tracing_ = on; }

} // namespace sluice::http3
