// What an answer may do to the HTTP/2 connection that carries it, beyond its own stream.
// Only an interface: knows neither routes nor the library.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::origin {

class http2_actions {
public:
  /// GOAWAY (RFC 9113 §6.8): streams above `last_stream` are no longer processed.
  virtual void go_away(std::uint32_t last_stream, std::uint32_t code) = 0;
  /// The first half of a graceful end: GOAWAY that allows every stream. finish_going_away() is the second.
  virtual void announce_going_away() = 0;
  virtual void finish_going_away() = 0;
  /// SETTINGS with this one value, counted and acknowledged as the protocol wants it.
  virtual void change_setting(std::uint16_t name, std::uint32_t value) = 0;
  /// Reads and writes nothing more; the connection is dropped after `time`.
  virtual void freeze(std::chrono::milliseconds time) = 0;
  /// Holds back this server's first SETTINGS. For an answer to a request that came before they were sent.
  virtual void withhold_settings() = 0;

protected:
  ~http2_actions() = default;
};

} // namespace sluice::origin
