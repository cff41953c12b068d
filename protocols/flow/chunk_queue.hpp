// A FIFO queue of chunks with a byte count; chunks are taken from its front whole or in parts.
// Knows nothing about credit: the account counts that.
#pragma once

#include <sluice/protocols/flow/chunk.hpp>
#include <sluice/protocols/flow/fifo.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::flow {

/// Chunks that follow each other directly in one block are merged into one, so many tiny chunks do not cost an entry
/// each. Empty chunks are dropped: front() is never empty.
class chunk_queue {
public:
  void push(chunk added) {
    if (added.empty())
      return;
    const auto n = added.size();
    if (chunks_.empty() || !chunks_.back().append(added))
      chunks_.push(std::move(added));
    bytes_ += n; // last: the line above may throw std::bad_alloc
  }
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return chunks_.size(); }
  const chunk& front() const noexcept { return chunks_.front(); }

  /// Takes at most `at_most` bytes of the first chunk. The queue must not be empty.
  chunk pop(std::size_t at_most = SIZE_MAX) {
    assert(!empty());
    auto& head = chunks_.front();
    if (at_most < head.size()) {
      auto result = head.part(0, at_most);
      head = head.part(at_most, head.size() - at_most);
      bytes_ -= at_most;
      return result;
    }
    auto result = chunks_.pop();
    bytes_ -= result.size();
    return result;
  }

  /// Drops the first `n` bytes.
  void drop_front(std::size_t n) {
    assert(n <= bytes_);
    while (n > 0)
      n -= pop(n).size();
  }
  void clear() {
    chunks_.clear();
    bytes_ = 0;
  }

private:
  fifo<chunk> chunks_;
  std::size_t bytes_ = 0;
};

} // namespace sluice::flow
