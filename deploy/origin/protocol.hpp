// What a connection runs once it is known what the client speaks: bytes in, answers out.
// Knows the connection only as the place for its output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::origin {

class protocol {
public:
  virtual ~protocol() = default;
  /// Takes what it can use now off the front of `input`. False when nothing came of that.
  virtual bool consume(std::span<const std::byte>& input) = 0;
  /// Puts what there is to send into connection::space(). False when there was nothing, or no room.
  virtual bool produce() = 0;
  /// Whether more input would be of use.
  virtual bool wants_input() const = 0;
  /// Also while output waits for the socket.
  virtual bool consumes_while_blocked() const { return false; }
  virtual bool drops_when_blocked() const { return false; }
  /// The client sends nothing more.
  virtual void input_ended() = 0;
  /// The connection is closed: no timer may call back.
  virtual void abandon() = 0;
  /// A request is answered, or its body awaited.
  virtual bool busy() const = 0;
  /// How many requests have begun.
  std::uint64_t requests_begun = 0;
};

} // namespace sluice::origin
