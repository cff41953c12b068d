// HTTP/3 as an engine (RFC 9114): many exchanges on one QUIC connection, each under a window of its own.
// Sans-I/O: knows no socket and no actor. nghttp3 stays behind it, in this folder, and ngtcp2 in protocols/quic.
#pragma once

#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http3/limits.hpp>
#include <sluice/protocols/quic/session.hpp>

#include <memory>

namespace sluice::http3 {

/// The client's side of one connection, from its first datagram on: exchanges may be opened before the handshake is
/// over.
///
/// Stream windows open only by grant(); the connection's is credited on receipt, so that no body ever waits for the
/// reader of another. Frame headers and field sections are credited at once, and so is what comes of streams that are
/// over.
///
/// Every stream begins with a window of `first_window`, which QUIC fixes in the handshake. A larger one is granted as
/// soon as the response begins. A smaller one cannot be told: the origin may send up to `first_window` once, and what
/// it has of that beyond the smaller window is taken off the grants that follow. Grants are told to the origin when
/// more than a quarter of `first_window` has come together, so a smaller window is never less than that.
///
/// With quic::limits::early_data and a ticket of the origin's, requests that change nothing (GET, HEAD, OPTIONS, TRACE,
/// without a body) go out with the first datagrams (RFC 8470); others wait for the handshake. What the origin does not
/// take then is sent again, told only by the trace. A 425 (Too Early) response is given to whoever asked: opened again
/// once the handshake is over, the request is not early any more.
///
/// It is fed by datagrams: receive() and output() do nothing. What events were missed by calls between is told by the
/// next of receive_datagram(), next_datagrams(), on_time() and receive_end().
class engine final : public http::engine {
public:
  engine(http::engine_events& events, const limits& bounds, wire_bytes first_window,
         const quic::client_context& context, const std::string& host, std::uint16_t port, const quic::path& where,
         quic::limits below, http::time_point now);
  ~engine() override;

  void receive_datagram(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram,
                        http::time_point now);
  /// Call until it gives none: then deadline() holds.
  quic::batch next_datagrams(std::span<std::byte> into, http::time_point now);
  /// From now on this one is told. Before the first exchange is opened, as all that was told before is the handshake's
  /// trace.
  void tell(http::engine_events& events);
  /// Says goodbye (H3_NO_ERROR) with the next datagram. Exchanges under way fail as after receive_end().
  void close();
  /// For migration, key updates and what is known of the peer.
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
  std::unique_ptr<session> session_; // before the connection, which tells it what happens
  std::unique_ptr<quic::session> connection_;
};

} // namespace sluice::http3
