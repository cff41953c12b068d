// How far the body of one request has got: what its source gave, what the engine has of it, and when something of it
// left last. Plain values, the time is an argument; knows no engine and no actor.
#pragma once

#include <sluice/messages/values.hpp>
#include <sluice/protocols/http/engine.hpp>

#include <chrono>
#include <cstdint>
#include <span>

namespace sluice {

struct upload {
  using time_point = http::time_point;
  static constexpr auto never = time_point::max();
  /// In `continue_at`: however long it takes, as for the bytes of a tunnel, which wait for the answer to CONNECT.
  static constexpr auto until_answered = never - std::chrono::hours{1};
  /// Bytes; given to the engine at once, and asked of a source.
  static constexpr decoded_bytes largest_piece{64u << 10};

  bool given = true;              ///< the engine has all of it
  bool left = true;               ///< and all of it has left
  bool pulling = false;           ///< its source was asked for more
  std::uint64_t bytes = 0;        ///< that the source gave
  time_point continue_at = never; ///< it waits for a 100 (Continue) until then (RFC 9110 section 10.1.1)

  /// Begins with all of it still to come.
  void begin(time_point now) noexcept {
    given = left = false;
    watch(now, 0);
  }
  /// Nothing of it matters any more.
  void end() noexcept { given = left = true; }
  /// The next bytes of a body that is in memory as a whole.
  std::span<const std::byte> next_of(std::span<const std::byte> body) noexcept;
  /// Counts what a source gave. A failure: the piece is invalid or larger than was asked for, or the source gave
  /// another number of bytes than `length`, which the request announced. The exchange cannot go on then.
  failure accept(const piece& got, maybe<std::uint64_t> length);
  bool waits_for_answer() const noexcept { return continue_at != never; }

  /// Something of it has left, or is to leave from now on. `inside`: bytes that the engine and the transport hold of
  /// it.
  void watch(time_point now, std::uint64_t inside) noexcept {
    progress_ = now;
    inside_ = inside;
  }
  /// Looks whether some of it has left since it was looked last; if so its time counts anew.
  bool moved(time_point now, std::uint64_t inside) noexcept {
    left = given && inside == 0;
    if (inside >= inside_ && !left)
      return false;
    watch(now, inside);
    return true;
  }
  /// When the origin has taken nothing of it for `allowed` (0: no limit). Stands still while its source has nothing to
  /// send, and while the answer is awaited that lets it begin.
  time_point silence_ends(std::chrono::milliseconds allowed) const noexcept {
    return left || pulling || waits_for_answer() || allowed.count() == 0 ? never : progress_ + allowed;
  }

private:
  time_point progress_{};    // when some of it left last, as far as was looked
  std::uint64_t inside_ = 0; // what the engine and the transport held then
};

} // namespace sluice
