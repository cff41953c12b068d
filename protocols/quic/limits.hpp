// The limits and settings of a QUIC connection. The error text of an exceeded limit contains the name of the field.
// Plain values; knows no connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::quic {

/// The congestion controller: CUBIC (RFC 9438) reacts to loss; BBR follows the measured rate of the path, so random
/// loss does not slow it down.
enum class congestion_control : std::uint8_t { cubic, bbr };

struct limits {
  std::uint64_t stream_window = 64u << 10;      ///< bytes that a stream of ours begins with, towards us
  std::uint64_t connection_window = 16u << 20;  ///< bytes; credited on receipt, so it only limits what is on its way
  std::uint64_t peer_stream_window = 64u << 10; ///< bytes, of each unidirectional stream that the peer opens
  std::uint64_t peer_uni_streams = 8;           ///< that the peer may open; HTTP/3 needs 3
  std::uint64_t peer_bidi_streams = 0;          ///< a server lets its clients open some
  std::uint64_t connection_ids = 4;             ///< of the peer's, kept for new paths (active_connection_id_limit)

  /// Token bucket for datagrams of the peer that make little or no progress: burst (plus one datagram per 1000 bytes of
  /// the connection window, which may arrive out of order), and tokens per second. Each 100 bytes of stream data that
  /// arrive in order or are acknowledged add a token. The QUIC library limits the memory and the answers that
  /// PATH_CHALLENGE, NEW_CONNECTION_ID and CRYPTO frames cost, but not the number of frames without effect (PING,
  /// MAX_DATA, empty STREAM frames).
  std::size_t idle_datagrams = 10'000;
  std::size_t idle_datagrams_a_second = 2'000;

  std::size_t datagram_bytes = 1452; ///< largest size that path MTU discovery tries (RFC 8899); 1200 always works
  std::size_t batch_bytes = 60'000;  ///< bytes of equal datagrams in one batch; one GSO send takes at most 64 KiB

  quic::congestion_control congestion_control = quic::congestion_control::cubic;

  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds early_handshake_timeout{10'000}; ///< replaces it if early data is sent
  /// Client: with a session ticket, send requests before the handshake is complete (0-RTT, RFC 9001 section 4.6).
  /// Server: accept them. Early data that the server rejects is sent again after the handshake.
  /// Risk, and why it is off: an attacker can record early data and send it to the server again, which may process each
  /// copy. HTTP/3 therefore sends only GET, HEAD, OPTIONS and TRACE without a body early (RFC 8470), which is safe only
  /// if these methods change nothing on the server. Early data can also be decrypted by anyone who gets the key that
  /// protects the ticket.
  bool early_data = false;
  /// A connection on which nothing comes for this time is over (RFC 9000 section 10.1: the smaller of both sides'
  /// values holds). Zero: no limit of ours.
  std::chrono::milliseconds idle_timeout{30'000};
  /// While exchanges are under way, a PING is sent after this time without other packets. It keeps the connection, and
  /// address translation on the path, alive. Zero: never sent.
  std::chrono::milliseconds keep_alive_after{10'000};
};

} // namespace sluice::quic
