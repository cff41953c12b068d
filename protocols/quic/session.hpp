// One QUIC connection (RFC 9000) as a value: datagrams and the time in; datagrams and the next deadline out.
// Sans-I/O: knows no socket, no clock and no HTTP; ngtcp2 and the TLS library stay behind it, in this folder.
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

/// Datagrams for one path, all of `segment` bytes but the last, which may be shorter: what one GSO send takes.
struct batch {
  std::size_t bytes = 0; ///< 0: nothing to send now
  std::size_t segment = 0;
  quic::path path;
  quic::ecn ecn = ecn::not_capable;
};

/// One thread at a time. No call throws but constructors, info() and take_id_changes(); what the protocol on top
/// throws, and memory that runs out, ends the connection (errc::internal). After any call that is not const, take
/// next_datagrams() until it gives none, then deadline().
class session final : public streams {
public:
  struct impl;

  /// A client's connection to `host`, a DNS name or an IP literal, for which the server's certificate must hold.
  session(application& on_top, const client_context& context, const std::string& host, std::uint16_t port,
          const quic::path& where, const limits& bounds, time_point now);
  /// A server's, for the datagram with which server_context::decide says to accept one. receive() takes that datagram
  /// too.
  session(application& on_top, const server_context& context, const quic::path& where, std::span<const std::byte> first,
          const limits& bounds, time_point now);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram, time_point now);
  /// Fills `into`, which must have room for 1500 bytes or more. As much as congestion control and pacing allow now.
  batch next_datagrams(std::span<std::byte> into, time_point now);
  /// When on_time() wants to be called; time_point::max(): never.
  time_point deadline() const;
  void on_time(time_point now);

  /// The handshake is complete: the peer is who it should be, and the protocol is agreed.
  bool established() const;
  /// The handshake is not complete, but streams may be opened and used (limits::early_data). Known from the beginning.
  bool early() const;
  /// Nothing more will come of this connection, but perhaps the datagram that says why.
  bool ended() const;
  /// Why it ended; with errc::none it was closed by either side without an error, or has not ended.
  const failure& problem() const;
  /// The peer closed it, with a code that means no error.
  bool closed_by_peer() const;
  /// The shortest on this path: what a burst spends in queues is not the path's, and windows that allowed for it would
  /// keep the queues full. Zero: unknown.
  std::chrono::nanoseconds round_trip() const;
  tls::session_info info() const;

  /// PINGs keep the connection alive, as limits::keep_alive_after says. Off at first.
  void keep_alive(bool on);
  /// New packet protection keys (RFC 9001 section 6). False: not now, an update is under way or the handshake is.
  bool update_keys(time_point now);
  /// This end is now at `local` (RFC 9000 section 9). `at_once`: the old address is gone; else the new path is tried
  /// first.
  failure migrate(const address& local, bool at_once, time_point now);
  quic::path path() const;
  /// The datagram size that the path is known to carry.
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
  /// For a server whose clients have finished streams: they may open `n` more.
  void allow_bidirectional(std::uint64_t n);

  /// A name by which the peer may address this connection from now on, or no longer.
  struct id_change {
    connection_id id;
    bool added;
  };
  /// For a server: those since the last call, in order. Take them after receive(), next_datagrams() and on_time().
  std::vector<id_change> take_id_changes();
  /// What the peer's window of this stream alone lets us send, and with how much such a stream of the peer's begins.
  std::uint64_t stream_room(std::int64_t id) const;
  std::uint64_t first_stream_room() const;

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::quic
