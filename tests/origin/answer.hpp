// What the server does about one request: bytes to send, request body to take, and how it ends.
// Asked by a connection as its socket drains; knows neither sockets nor clocks.
#pragma once

#include "source.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sluice::origin {

/// What is to happen when the bytes of a step were sent.
enum class then : std::uint8_t {
  more,    ///< ask again
  pause,   ///< ask again after step::pause
  starved, ///< ask again when the request body has moved on
  stall,   ///< nothing, until the client goes
  keep,    ///< complete: the connection may carry another request, if this one allowed it
  close,   ///< close as RFC 9112 §9.6 wants it: close_notify, FIN, and read until the client closes too
  cut,     ///< as close, without close_notify
  drop,    ///< close without reading what the client still sends
  reset,   ///< RST, as soon as the client's side has taken what was sent
};

struct step {
  std::size_t bytes = 0;
  std::size_t body_bytes = 0;
  then next = then::more;
  std::chrono::milliseconds pause{0};
};

class answer {
public:
  virtual ~answer() = default;
  /// Writes at most out.size() bytes, which is at least source_room_min. Not called again after an ending.
  virtual step produce(std::span<std::byte> out) = 0;
  /// How many bytes of request body may be handed over now; 0 leaves them in the socket.
  virtual std::size_t room() const { return SIZE_MAX; }
  virtual void take(std::span<const std::byte>) {}
  virtual void request_ended() {}
  /// Whether a client that waits for 100 (Continue) is told to go on.
  virtual bool wants_body() const { return false; }
  /// End as then::drop at the first write that cannot proceed.
  virtual bool drops_when_blocked() const { return false; }
};
using answer_ptr = std::unique_ptr<answer>;

/// An answer that reads no request body of interest: sources one after the other, and an ending.
class script : public answer {
public:
  script& add(source_ptr x) {
    pieces_.push_back(std::move(x));
    return *this;
  }
  script& add(std::string x) { return add(origin::text(std::move(x))); }
  script& wait(std::chrono::milliseconds x) {
    final_pause_ = x;
    return *this;
  }
  script& drop_when_blocked() {
    drops_ = true;
    return *this;
  }
  script& ending(then x) {
    ending_ = x;
    return *this;
  }
  /// Leaves the request's body in the socket.
  script& without_reading() {
    reads_ = false;
    return *this;
  }
  step produce(std::span<std::byte> out) override;
  std::size_t room() const override { return reads_ ? SIZE_MAX : 0; }
  bool drops_when_blocked() const override { return drops_; }

private:
  std::vector<source_ptr> pieces_;
  std::size_t at_ = 0;
  std::chrono::milliseconds final_pause_{0}; // before the ending
  then ending_ = then::keep;
  bool drops_ = false, reads_ = true;
};

} // namespace sluice::origin
