// What carries a connection's engine: TCP, plain or under TLS, or QUIC over UDP. Never blocks, waits on request.
// Lives on one loop. Knows of HTTP only that an engine takes and gives bytes.
#pragma once

#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/tls/session.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace sluice {

enum class read_state : std::uint8_t {
  ok,
  would_block,
  ended, ///< the peer sent all it will send (under TLS: with close_notify)
  failed,
};

class transport : public std::enable_shared_from_this<transport> {
public:
  virtual ~transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// The engine that came with this transport, once, which from now on tells `events`: QUIC has one from its first
  /// datagram on. Null: make one.
  virtual std::unique_ptr<http::engine> take_engine([[maybe_unused]] http::engine_events& events) { return nullptr; }

  /// Gives the engine what is there, for one turn: over TCP read into `space`, no more than it holds; over QUIC bounded
  /// by the engine's own windows. The engine is told of an end or a failure. False: there was nothing.
  virtual bool receive(http::engine& to, std::span<std::byte> space, http::time_point now) = 0;
  /// The last receive() probably took all there was: to wait is cheaper than to try again.
  virtual bool drained() const noexcept = 0;
  /// Delay before the next receive() after one that found nothing more (decision 0013). Zero: wait until it is
  /// readable.
  virtual std::chrono::nanoseconds lull() { return {}; }
  /// Whether it is time to send, after a receive() that brought something or nothing.
  virtual bool answers(bool brought) const noexcept { return brought; }
  /// wait_readable() then answers only when this many bytes are there, or the end (SO_RCVLOWAT): fewer and larger
  /// reads. A caller that asks for more than one byte needs a timer, so that fewer are not waited for for ever. TCP
  /// only; under TLS these are bytes of ciphertext.
  virtual void set_low_water([[maybe_unused]] std::size_t bytes) {}
  /// There will be no receive() for a while: gives up memory for input.
  virtual void rest() {}

  enum class sent : std::uint8_t { nothing, something, failed };
  /// Sends what the engine has, as much as can be sent at once. failed: nothing more will reach the peer.
  virtual sent send(http::engine& from, http::time_point now) = 0;
  /// Sends what was left. False: as failed above.
  virtual bool flush() = 0;
  virtual bool output_pending() const noexcept = 0;
  /// Bytes of it, as they go out.
  virtual std::size_t output_left() const noexcept = 0;

  using wait_handler = std::function<void(const std::error_code&)>;
  /// Calls `callback` once, on the loop and not from within this call, when receive() (send()) can do something, if
  /// only report the end.
  virtual void wait_readable(wait_handler callback) = 0;
  virtual void wait_writable(wait_handler callback) = 0;
  /// Ends all waits: their handlers are called with asio::error::operation_aborted.
  virtual void cancel_waits() = 0;

  /// Closes it. Sends close_notify (TLS) or CONNECTION_CLOSE (QUIC) if that is possible at once.
  virtual void close() = 0;
  /// Nothing for plain TCP.
  virtual std::optional<tls::session_info> security() const = 0;
  /// False: the peer has not proved its identity yet, and requests are sent early (RFC 8470).
  virtual bool handshake_over() const { return true; }
  /// The kernel's or QUIC's measurement of the round trip; zero if there is none.
  virtual std::chrono::nanoseconds round_trip() const = 0;
  /// The peer's IP address and port, for people.
  virtual std::string peer() const = 0;
  /// The peer's IP address; empty if there is none any more.
  virtual std::string peer_address() const = 0;

protected:
  transport() = default;
};

} // namespace sluice
