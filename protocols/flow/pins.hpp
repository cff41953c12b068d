// Counts the memory that the outstanding bytes of one body keep alive: a view of a block keeps the whole block alive,
// however small the view. Arithmetic on sizes; knows neither chunks nor their owners.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>
#include <sluice/protocols/flow/fifo.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::flow {

/// The blocks that hold a body's outstanding bytes, oldest first. Bytes are released in the order in which they
/// arrived, so a block is free once the body's last byte in it is released.
class pins {
public:
  /// The value of held() if bytes in `block` were added now. `capacity` is the size of the block.
  wire_bytes with(const void* block, std::size_t capacity) const noexcept {
    return is_newest(block) ? held_ : held_ + wire_bytes{capacity};
  }
  /// `n` further bytes of the body are in `block`. Null `block`: they are in memory that nothing else shares.
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
  /// Total capacity of the blocks that the body keeps alive.
  wire_bytes held() const noexcept { return held_; }

private:
  bool is_newest(const void* block) const noexcept { return block && block == newest_ && !blocks_.empty(); }
  struct entry {
    wire_bytes bytes; // outstanding body bytes in this block
    std::size_t capacity = 0;
  };
  fifo<entry> blocks_;
  const void* newest_ = nullptr;
  wire_bytes held_;
};

} // namespace sluice::flow
