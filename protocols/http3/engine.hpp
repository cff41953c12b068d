// The HTTP/3 engine (RFC 9114): many streams on one QUIC connection, each with its own window.
// No I/O: knows no socket and no actor. Only this folder knows nghttp3; only protocols/quic knows ngtcp2.
#pragma once

#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http3/limits.hpp>
#include <sluice/protocols/quic/session.hpp>

#include <memory>

namespace sluice::http3 {

/// The client side of one connection, from the first datagram on. open() may be called before the handshake is
/// complete.
///
/// Windows: Stream windows open only by grant(). The connection window is credited on receipt, so a paused body does
/// not block others. Frame headers, field sections and the bytes of closed streams are credited immediately.
///
/// Initial window: QUIC fixes it for all streams in the handshake (`first_window`). A larger window of a stream is
/// granted when its response begins. A smaller one cannot be announced: the origin may send `first_window` once, and
/// the excess is subtracted from later grants. QUIC sends credit only when more than a quarter of `first_window` is
/// due, so the effective window is never smaller than that.
///
/// Early data: With quic::limits::early_data and a session ticket of the origin, safe requests (GET, HEAD, OPTIONS,
/// TRACE, without a body) are sent with the first datagrams (RFC 8470); others wait for the handshake. If the origin
/// rejects early data, they are sent again; only the trace shows that. A 425 (Too Early) response is passed on to the
/// caller, who may open the request again after the handshake.
///
/// Input and output are datagrams: receive() and output() do nothing. The calls that emit events are
/// receive_datagram(), next_datagrams(), on_time() and receive_end(); they also report errors of other calls.
class engine final : public http::engine {
public:
  engine(http::engine_events& events, const limits& bounds, wire_bytes first_window,
         const quic::client_context& context, const std::string& host, std::uint16_t port, const quic::path& where,
         quic::limits below, http::time_point now);
  ~engine() override;

  void receive_datagram(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram,
                        http::time_point now);
  /// Call it until it returns no bytes; then call on_time() at deadline().
  quic::batch next_datagrams(std::span<std::byte> into, http::time_point now);
  /// Replaces the receiver of events. Call it before the first open(); until then the only events are traces.
  void set_events(http::engine_events& events);
  /// Closes the connection with H3_NO_ERROR; the next datagram carries that. Open streams fail as after receive_end().
  void close();
  /// For migration, key updates and information about the peer.
  quic::session& connection();
  const quic::session& connection() const;

  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
               wire_bytes window) override;
  bool wants_upload(std::uint32_t index) const override;
  void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) override;
  std::uint64_t upload_left(std::uint32_t index) const override;
  void stop_upload(std::uint32_t index) override;
  void receive(std::span<const std::byte>, http::time_point) override {}
  void receive_end(const failure& why) override;
  std::span<const std::byte> output(http::time_point) override { return {}; }
  void grant(std::uint32_t index, wire_bytes n) override;
  bool used_up(std::uint32_t index) const override;
  void cancel(std::uint32_t index) override;
  http::version version() const override { return http::version::http3; }
  http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body) const override;
  bool body_in_place() const override { return false; }
  bool handshake_over() const override;
  bool may_be_superseded() const override { return false; }
  bool multiplexed() const override { return true; }
  std::size_t capacity() const override;
  bool ended() const override;
  std::chrono::nanoseconds round_trip() const override;
  http::time_point deadline() const override;
  void on_time(http::time_point now) override;
  void trace(bool on) override;

  class session;

private:
  template <class F>
  void change(F&& call) noexcept;
  void settle() noexcept;
  std::unique_ptr<session> session_; // outlives the connection, which calls it
  std::unique_ptr<quic::session> connection_;
};

} // namespace sluice::http3
