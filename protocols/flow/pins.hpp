// How much memory the outstanding bytes of one body keep alive: a view of a block holds the whole block, whatever its
// size. Arithmetic on sizes; knows neither the chunks nor who holds them.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>
#include <sluice/protocols/flow/fifo.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::flow {

/// The blocks behind a body's outstanding bytes, oldest first. Bytes are released in the order in which they arrived,
/// so a block is let go when the last of the body's bytes in it is released.
class pins {
public:
  /// What would be held if bytes in `block`, of `capacity` bytes, were added now.
  wire_bytes with(const void* block, std::size_t capacity) const noexcept {
    return is_newest(block) ? held_ : held_ + wire_bytes{capacity};
  }
  /// `n` further bytes of the body lie in `block`. Null: in memory that they share with no others.
  void add(const void* block, std::size_t capacity, wire_bytes n) {
    if (n == wire_bytes{})
      return;
    if (is_newest(block)) {
      blocks_.back().bytes += n;
      return;
    }
    blocks_.push({n, capacity});
    newest_ = block;
    held_ += wire_bytes{capacity};
  }
  /// The oldest `n` bytes are released.
  void release(wire_bytes n) {
    while (n > wire_bytes{} && !blocks_.empty()) {
      auto& oldest = blocks_.front();
      const auto part = std::min(n, oldest.bytes);
      oldest.bytes -= part;
      n -= part;
      if (oldest.bytes == wire_bytes{})
        held_ -= wire_bytes{blocks_.pop().capacity};
    }
  }
  /// Capacity of all blocks that the body keeps alive.
  wire_bytes held() const noexcept { return held_; }

private:
  bool is_newest(const void* block) const noexcept { return block && block == newest_ && !blocks_.empty(); }
  struct entry {
    wire_bytes bytes; // of the body, in this block
    std::size_t capacity = 0;
  };
  fifo<entry> blocks_;
  const void* newest_ = nullptr;
  wire_bytes held_;
};

} // namespace sluice::flow
