// One QUIC connection (RFC 9000): received datagrams and the time go in; datagrams to send and the next deadline come
// out. No I/O: knows no socket, no clock and no HTTP. Only this folder knows ngtcp2.
#pragma once

#include <sluice/protocols/quic/application.hpp>
#include <sluice/protocols/quic/connection_id.hpp>
#include <sluice/protocols/quic/context.hpp>
#include <sluice/protocols/quic/limits.hpp>
#include <sluice/protocols/quic/path.hpp>
#include <sluice/protocols/tls/session.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace sluice::quic {

using time_point = std::chrono::steady_clock::time_point;

/// Datagrams for one GSO send: one path, all of `segment` bytes except the last, which may be shorter.
struct batch {
  std::size_t bytes = 0; ///< 0: nothing to send now
  std::size_t segment = 0;
  quic::path path;
  quic::ecn ecn = ecn::not_capable;
};

/// One thread at a time. Only constructors, info() and take_id_changes() throw; an exception of the application
/// protocol and lack of memory end the connection (errc::internal). After any non-const call, call next_datagrams()
/// until it returns no bytes, then read deadline().
class session final : public streams {
public:
  struct impl;

  /// A client connection. `host` is a DNS name or an IP literal; the certificate of the server must be valid for it.
  session(application& on_top, const client_context& context, const std::string& host, std::uint16_t port,
          const quic::path& where, const limits& bounds, time_point now);
  /// A server connection for a datagram that server_context::decide() accepted. Pass that datagram to receive() as
  /// well.
  session(application& on_top, const server_context& context, const quic::path& where, std::span<const std::byte> first,
          const limits& bounds, time_point now);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram, time_point now);
  /// Writes as many bytes into `into` as congestion control and pacing allow now. `into` must have 1500 bytes or more.
  batch next_datagrams(std::span<std::byte> into, time_point now);
  /// When to call on_time(); time_point::max(): never.
  time_point deadline() const;
  void on_time(time_point now);

  /// The handshake is complete: the peer is authenticated and the application protocol is agreed.
  bool established() const;
  /// The handshake is not complete, but streams may be opened and used (limits::early_data). A client knows it after
  /// construction.
  bool early() const;
  /// The connection has ended; a last datagram with CONNECTION_CLOSE may be due.
  bool ended() const;
  /// Why it ended; errc::none: it was closed without an error, or has not ended.
  const failure& problem() const;
  /// The peer closed the connection with a code that means no error.
  bool closed_by_peer() const;
  /// The shortest round trip of this path, without queueing delay: windows that included it would keep the queues full.
  /// Zero: unknown.
  std::chrono::nanoseconds round_trip() const;
  tls::session_info info() const;

  /// Sends PINGs after limits::keep_alive_after. Off at first.
  void keep_alive(bool on);
  /// Sends PINGs every 50 ms, until the next packet of the peer: to find out whether the peer still exists.
  void probe();
  /// Updates the packet protection keys (RFC 9001 section 6). False: not possible during a handshake or a key update.
  bool update_keys(time_point now);
  /// Migrates this end to the address `local` (RFC 9000 section 9). `at_once`: use the new path immediately, because
  /// the old address is gone; otherwise validate it first.
  failure migrate(const address& local, bool at_once, time_point now);
  quic::path path() const;
  /// The largest datagram that the path is known to carry, bytes.
  std::size_t datagram_bytes() const;

  std::optional<std::int64_t> open_bidirectional() override;
  std::optional<std::int64_t> open_unidirectional() override;
  std::uint64_t bidirectional_left() const override;
  void credit_stream(std::int64_t id, std::uint64_t n) override;
  void credit_connection(std::uint64_t n) override;
  void stop(std::int64_t id, std::uint64_t code) override;
  void reset(std::int64_t id, std::uint64_t code) override;
  std::uint64_t send_room(std::int64_t id) const override;
  void close(std::uint64_t code, failure why) override;
  /// Allows the peer to open `n` more bidirectional streams; for servers, when streams have ended.
  void allow_bidirectional(std::uint64_t n);

  /// A connection ID that the peer may use from now on (`added`), or must not use any more.
  struct id_change {
    connection_id id;
    bool added;
  };
  /// For servers: the changes since the last call, in order. Call it after receive(), next_datagrams() and on_time().
  std::vector<id_change> take_id_changes();
  /// Bytes that the peer's window of this stream allows to be sent, without regard to the connection window.
  std::uint64_t stream_room(std::int64_t id) const;
  /// The initial value of stream_room() for the bidirectional streams that the peer opens.
  std::uint64_t first_stream_room() const;

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::quic
