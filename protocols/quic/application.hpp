// The interface between a QUIC connection and the application protocol on it, in both directions.
// Knows neither the QUIC library nor HTTP.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace sluice::quic {

/// The streams of a QUIC connection, for the application protocol. Receive windows open only by credit_stream() and
/// credit_connection(). `id` is the QUIC stream identifier.
class streams {
public:
  /// Nothing: the peer allows no further stream, or the handshake is not complete and early data is not possible.
  virtual std::optional<std::int64_t> open_bidirectional() = 0;
  virtual std::optional<std::int64_t> open_unidirectional() = 0;
  /// How many more bidirectional streams the peer allows now.
  virtual std::uint64_t bidirectional_left() const = 0;
  /// Allows the peer to send `n` more bytes on this stream. MAX_STREAM_DATA is sent once more than a quarter of the
  /// first window is due.
  virtual void credit_stream(std::int64_t id, std::uint64_t n) = 0;
  virtual void credit_connection(std::uint64_t n) = 0;
  /// Sends STOP_SENDING. Bytes that still arrive on the stream are credited to the connection and dropped.
  virtual void stop(std::int64_t id, std::uint64_t code) = 0;
  /// Sends RESET_STREAM.
  virtual void reset(std::int64_t id, std::uint64_t code) = 0;
  /// Bytes that the peer's windows (stream and connection) allow to be sent on this stream now.
  virtual std::uint64_t send_room(std::int64_t id) const = 0;
  /// Closes the connection with an application error code; `why` becomes its problem(). Does not throw.
  virtual void close(std::uint64_t code, failure why) = 0;

protected:
  ~streams() = default;
};

/// The bytes to send next, of one stream; they stay valid until they are acknowledged. id -1: nothing to send. `last`:
/// the stream ends after them (FIN).
struct outgoing {
  static constexpr std::size_t parts_max = 16;
  std::int64_t id = -1;
  bool last = false;
  std::size_t count = 0;
  std::span<const std::byte> parts[parts_max];
  std::size_t bytes() const noexcept {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i)
      n += parts[i].size();
    return n;
  }
};

/// The application protocol on a QUIC connection; its methods are called by the connection. On an error of the peer it
/// calls streams::close(). An exception from it ends the connection.
class application {
public:
  /// Streams may be opened: the handshake is complete, or a server with early data has its sending key.
  virtual void on_ready() = 0;
  /// The server rejected early data: all streams opened so far are discarded and their identifiers are used again.
  /// on_ready() follows.
  virtual void on_early_rejected() {}
  virtual void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) = 0;
  /// The peer sent RESET_STREAM.
  virtual void on_stream_reset(std::int64_t id, std::uint64_t code) = 0;
  /// Both directions have ended.
  virtual void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) = 0;
  virtual void on_acknowledged(std::int64_t id, std::uint64_t n) = 0;
  /// The peer raised the limit of the stream (MAX_STREAM_DATA).
  virtual void on_send_room(std::int64_t id) = 0;
  /// The peer allows more bidirectional streams (MAX_STREAMS).
  virtual void on_streams_allowed() = 0;

  virtual outgoing next_outgoing() = 0;
  /// `n` bytes of the last next_outgoing() were put into a packet.
  virtual void on_written(std::int64_t id, std::size_t n) = 0;
  /// The peer's window of the stream is used up.
  virtual void on_blocked(std::int64_t id) = 0;
  /// Nothing can be sent on the stream any more: the peer sent STOP_SENDING, which was answered with RESET_STREAM.
  virtual void on_unwritable(std::int64_t id) = 0;

  virtual std::string error_name(std::uint64_t code) const = 0;
  /// Whether this code of a CONNECTION_CLOSE means that there was no error.
  virtual bool is_no_error(std::uint64_t code) const = 0;
  /// The errc for this code of a RESET_STREAM or CONNECTION_CLOSE.
  virtual errc closing_errc(std::uint64_t) const { return errc::stream_reset; }

protected:
  ~application() = default;
};

} // namespace sluice::quic
