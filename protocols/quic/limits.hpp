// The bounds of a QUIC connection, each a field that its error message names.
// Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::quic {

/// How fast to send: by losses (CUBIC, RFC 9438), or by the path's measured rate (BBR), which random loss does not slow
/// down.
enum class congestion_control : std::uint8_t { cubic, bbr };

struct limits {
  std::uint64_t stream_window = 64u << 10;      ///< bytes that a stream of ours begins with, towards us
  std::uint64_t connection_window = 16u << 20;  ///< bytes; credited on receipt, so it only limits what is on its way
  std::uint64_t peer_stream_window = 64u << 10; ///< bytes, of each unidirectional stream that the peer opens
  std::uint64_t peer_uni_streams = 8;           ///< that the peer may open; HTTP/3 needs 3
  std::uint64_t peer_bidi_streams = 0;          ///< a server lets its clients open some
  std::uint64_t connection_ids = 4;             ///< of the peer's, kept for new paths (active_connection_id_limit)

  /// Datagrams of the peer's that bring little or nothing: so many at once (and as many more as the connection window
  /// may hold out of order), so many a second. A hundred bytes of streams that come in order, or of ours that are
  /// acknowledged, make up for one. The QUIC library bounds what PATH_CHALLENGE, NEW_CONNECTION_ID and CRYPTO frames
  /// may make it keep and answer, but not how often it has to look at frames that change nothing (PING, MAX_DATA, empty
  /// STREAM frames).
  std::size_t idle_datagrams = 10'000;
  std::size_t idle_datagrams_a_second = 2'000;

  std::size_t datagram_bytes = 1452; ///< the largest that is tried (RFC 8899); every path carries 1200
  std::size_t batch_bytes = 60'000;  ///< of equal datagrams, handed over at once: what one GSO send takes

  quic::congestion_control congestion_control = quic::congestion_control::cubic;

  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds early_handshake_timeout{10'000}; ///< instead of it, where requests were sent early
  /// A client with a ticket of the server's sends requests before the handshake is over (0-RTT, RFC 9001 section 4.6);
  /// a server takes them. Off, because they can be replayed: whoever records those datagrams may send them to the
  /// server again, which may act on each copy. HTTP/3 therefore sends early only GET, HEAD, OPTIONS and TRACE without a
  /// body (RFC 8470), and that is safe only for servers on which these change nothing. They are also readable by
  /// whoever gets hold of the key that protects the ticket. What the server does not take is sent again after the
  /// handshake.
  bool early_data = false;
  /// A connection on which nothing comes for this time is over (RFC 9000 section 10.1: the smaller of both sides'
  /// values holds). Zero: no limit of ours.
  std::chrono::milliseconds idle_timeout{30'000};
  /// While exchanges are under way, a PING is sent after this time without other packets. It keeps the connection, and
  /// address translation on the path, alive. Zero: never sent.
  std::chrono::milliseconds keep_alive_after{10'000};
};

} // namespace sluice::quic
