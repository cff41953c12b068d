// What an answer may do to the HTTP/3 connection that carries it, beyond its own stream.
// Only an interface: knows neither routes nor the library.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::origin {

class http3_actions {
public:
  /// The first half of a graceful end: GOAWAY that allows every stream (RFC 9114 §5.2). finish_going_away() is the
  /// second.
  virtual void announce_going_away() = 0;
  /// GOAWAY with the first stream that has not come yet; the connection ends with the last answer.
  virtual void finish_going_away() = 0;
  /// These bytes on the control stream, as they are.
  virtual void write_control(std::string bytes) = 0;
  /// CONNECTION_CLOSE with this code, at once.
  virtual void close(std::uint64_t code) = 0;
  /// Takes and sends no datagram any more; the connection is forgotten after `time`.
  virtual void freeze(std::chrono::milliseconds time) = 0;
  /// Forgets the connection and says so (RFC 9000 §10.3).
  virtual void reset_statelessly() = 0;
  /// New packet protection keys (RFC 9001 §6).
  virtual void update_keys() = 0;

protected:
  ~http3_actions() = default;
};

} // namespace sluice::origin
