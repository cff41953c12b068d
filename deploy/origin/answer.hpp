// What the server does about one request: heads, content, trailers and an ending, whatever the protocol that carries
// them. Asked by a connection as its socket drains; knows neither sockets nor clocks, and writes no framing.
#pragma once

#include "source.hpp"

#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/framing.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sluice::origin {

class connection_actions;

/// What is to happen when the bytes of a step were sent.
enum class then : std::uint8_t {
  more,         ///< ask again
  pause,        ///< ask again after step::pause
  starved,      ///< ask again when the request body has moved on
  stall,        ///< nothing, until the client goes
  keep,         ///< over: the connection may carry other requests, if this one allowed it
  close,        ///< close as RFC 9112 §9.6 wants it: close_notify, FIN, and read until the client closes too
  cut,          ///< as close, without close_notify
  drop,         ///< close without reading what the client still sends
  reset,        ///< RST, as soon as the client's side has taken what was sent
  reset_stream, ///< RST_STREAM with step::code (RFC 9113 §6.4), or HTTP/3's like; as reset where there are no streams
};

/// The head of a response, final or interim, and how its content is to be framed.
struct outgoing_head {
  std::uint16_t status = 200;
  http::fields fields{};
  http1::body_framing framing{}; ///< where a protocol frames by itself, only a length counts: as Content-Length
  bool closes = false;           ///< HTTP/1: says Connection: close
  bool has_content = true;       ///< false: an answer to HEAD, or a status without content
  std::size_t chunk = 16u << 10; ///< most content in one chunk, or in one DATA frame
  std::uint8_t padding = 0;      ///< of every DATA frame (RFC 9113 §6.1), in bytes

  bool interim() const { return status < 200; }
};

/// One thing to do. A head, raw bytes or an action come alone; content, completion and an ending may come together.
struct step {
  std::size_t bytes = 0; ///< of content, written to the room given
  std::optional<outgoing_head> head;
  source_ptr raw;                               ///< to the wire as they are, to their end, before anything else
  std::function<void(connection_actions&)> act; ///< nothing over HTTP/1
  bool complete = false;                        ///< the message ends here, as its framing says
  http::fields trailers;                        ///< with `complete`
  then next = then::more;
  std::chrono::milliseconds pause{0};
  std::uint32_t code = 0; ///< for reset_stream
};

class answer {
public:
  virtual ~answer() = default;
  /// Writes at most out.size() bytes of content, and none before the final head. Not called again after an ending.
  virtual step produce(std::span<std::byte> out) = 0;
  /// How many bytes of request body may be handed over now; 0 leaves them with the client, as far as windows do that.
  virtual std::size_t room() const { return SIZE_MAX; }
  virtual void take(std::span<const std::byte>) {}
  virtual void request_ended() {}
  /// Whether a client that waits for 100 (Continue) is told to go on.
  virtual bool wants_body() const { return false; }
  /// End as then::drop at the first write that cannot proceed.
  virtual bool drops_when_blocked() const { return false; }
};
using answer_ptr = std::unique_ptr<answer>;

/// An answer that reads no request body of interest: pieces one after the other, and an ending.
class script : public answer {
public:
  /// The same head `times` times: more than once is for interim ones.
  script& head(outgoing_head outgoing, std::uint64_t times = 1);
  script& content(source_ptr source);
  script& content(std::string words) { return content(origin::text(std::move(words))); }
  script& raw(source_ptr source);
  script& raw(std::string words) { return raw(origin::text(std::move(words))); }
  script& act(std::function<void(connection_actions&)> action, std::uint64_t times = 1);
  /// The message's end, which comes after all pieces unless it is said where, or that there is none.
  script& complete();
  script& incomplete() {
    completes_ = false;
    return *this;
  }
  script& wait(std::chrono::milliseconds duration);
  /// At the end: a trailer field Content-Hash, the hash of all content.
  script& hash_in_trailer() {
    hasher_.emplace();
    return *this;
  }
  script& drop_when_blocked() {
    drops_ = true;
    return *this;
  }
  script& ending(then next, std::uint32_t code = 0) {
    ending_ = next;
    code_ = code;
    return *this;
  }
  /// Leaves the request's body where it is.
  script& without_reading() {
    reads_ = false;
    return *this;
  }
  step produce(std::span<std::byte> out) override;
  std::size_t room() const override { return reads_ ? SIZE_MAX : 0; }
  bool drops_when_blocked() const override { return drops_; }

private:
  enum class what : std::uint8_t { head, content, raw, act, complete, pause };
  struct piece {
    what kind;
    std::uint64_t times = 1;
    outgoing_head head{};
    source_ptr from{};
    std::function<void(connection_actions&)> act{};
    std::chrono::milliseconds pause{0};
  };
  bool pull(piece& current, std::span<std::byte> out, step& result);
  void put_completion(step& result);
  void put_alone(piece& current, step& result);

  std::vector<piece> pieces_;
  std::size_t at_ = 0;
  std::optional<hasher> hasher_;
  then ending_ = then::keep;
  std::uint32_t code_ = 0;
  bool completes_ = true; // still to come after the pieces
  bool drops_ = false, reads_ = true;
};

} // namespace sluice::origin
