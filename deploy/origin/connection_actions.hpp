// What an answer may do to the connection that carries it, beyond its own stream.
// Only an interface: knows neither routes nor a library.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::origin {

class connection_actions {
public:
  /// The first half of a graceful end: GOAWAY that allows every stream (RFC 9113 §6.8, RFC 9114 §5.2).
  virtual void announce_going_away() = 0;
  /// The second half: GOAWAY that allows the streams that have come. Over HTTP/3 the connection ends with the last
  /// answer.
  virtual void finish_going_away() = 0;
  /// Takes and sends nothing any more; the connection is dropped after `time`.
  virtual void freeze(std::chrono::milliseconds time) = 0;

  // HTTP/2; without effect over HTTP/3

  /// GOAWAY: streams above `last_stream` are no longer processed.
  virtual void go_away([[maybe_unused]] std::uint32_t last_stream, [[maybe_unused]] std::uint32_t code) {}
  /// SETTINGS with this one value, counted and acknowledged as the protocol wants it.
  virtual void change_setting([[maybe_unused]] std::uint16_t name, [[maybe_unused]] std::uint32_t value) {}
  /// Holds back this server's first SETTINGS. For an answer to a request that came before they were sent.
  virtual void withhold_settings() {}

  // HTTP/3; without effect over HTTP/2

  /// These bytes on the control stream, as they are.
  virtual void write_control([[maybe_unused]] std::string bytes) {}
  /// CONNECTION_CLOSE with this code, at once.
  virtual void close([[maybe_unused]] std::uint64_t code) {}
  /// Forgets the connection and says so (RFC 9000 §10.3).
  virtual void reset_statelessly() {}
  /// New packet protection keys (RFC 9001 §6).
  virtual void update_keys() {}

protected:
  ~connection_actions() = default;
};

} // namespace sluice::origin
