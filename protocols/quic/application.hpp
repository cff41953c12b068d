// The seam between a QUIC connection and the protocol on it: what each side asks of the other.
// Knows neither the QUIC library nor HTTP.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sluice::quic {

/// A QUIC connection's streams, as the protocol on top uses them. Windows towards us open by credit only.
class streams {
public:
  /// Nothing while the peer allows no further one, or before the handshake is done and nothing may be sent early.
  virtual std::optional<std::int64_t> open_bidirectional() = 0;
  virtual std::optional<std::int64_t> open_unidirectional() = 0;
  /// How many more bidirectional ones the peer allows now.
  virtual std::uint64_t bidirectional_left() const = 0;
  /// The peer may send `n` more on this stream. It is told once more than a quarter of the first window has come
  /// together.
  virtual void credit_stream(std::int64_t id, std::uint64_t n) = 0;
  virtual void credit_connection(std::uint64_t n) = 0;
  /// Nothing more is wanted of this stream: STOP_SENDING. What still comes is credited to the connection and dropped.
  virtual void stop(std::int64_t id, std::uint64_t code) = 0;
  /// Nothing more is sent on this stream: RESET_STREAM.
  virtual void reset(std::int64_t id, std::uint64_t code) = 0;
  /// What the peer's windows let us send on this stream now.
  virtual std::uint64_t send_room(std::int64_t id) const = 0;
  /// Ends the connection with an application's code, for the reason given. Does not throw.
  virtual void close(std::uint64_t code, failure why) = 0;

protected:
  ~streams() = default;
};

/// What is to be sent next: bytes of one stream, good until they are acknowledged. No id: nothing.
struct outgoing {
  static constexpr std::size_t parts_max = 16;
  std::int64_t id = -1;
  bool last = false;
  std::size_t count = 0;
  std::span<const std::byte> parts[parts_max];
};

/// The protocol on a QUIC connection. Those that find the peer at fault call close(); what one throws ends the
/// connection.
class application {
public:
  /// The handshake is far enough to open streams.
  virtual void on_ready() = 0;
  /// The server did not take what was sent before: those streams are gone, and their numbers are used again. on_ready()
  /// follows.
  virtual void on_early_rejected() {}
  virtual void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) = 0;
  /// The peer will send nothing more on the stream (RESET_STREAM).
  virtual void on_stream_reset(std::int64_t id, std::uint64_t code) = 0;
  /// Both directions are over.
  virtual void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) = 0;
  virtual void on_acknowledged(std::int64_t id, std::uint64_t n) = 0;
  /// The peer opened the stream's window, or allows more streams.
  virtual void on_send_room(std::int64_t id) = 0;
  virtual void on_streams_allowed() = 0;

  virtual outgoing next_outgoing() = 0;
  virtual void on_written(std::int64_t id, std::size_t n) = 0;
  /// The stream's window is used up.
  virtual void on_blocked(std::int64_t id) = 0;
  /// Nothing can be sent on it any more: the peer wants nothing (STOP_SENDING, which RESET_STREAM has answered by
  /// itself).
  virtual void on_unwritable(std::int64_t id) = 0;

  virtual std::string error_name(std::uint64_t code) const = 0;
  /// Whether this code, with which the peer closed the connection, means no error.
  virtual bool is_no_error(std::uint64_t code) const = 0;
  /// What this code, with which the peer ended a stream or the connection, is for our user.
  virtual errc closing_errc(std::uint64_t) const { return errc::stream_reset; }

protected:
  ~application() = default;
};

} // namespace sluice::quic
