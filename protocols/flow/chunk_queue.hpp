// Chunks in order of arrival, with their byte count; taken off whole or in parts.
// Knows nothing of credit: the account counts, the queue holds.
#pragma once

#include <sluice/protocols/flow/chunk.hpp>
#include <sluice/protocols/flow/fifo.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sluice::flow {

/// A FIFO of chunks. Chunks that lie behind each other in one block become one, so a body of tiny pieces costs the
/// memory of its bytes. Empty chunks are not kept: front() always has a byte.
class chunk_queue {
public:
  void push(chunk x) {
    if (x.empty())
      return;
    const auto n = x.size();
    if (chunks_.empty() || !chunks_.back().append(x))
      chunks_.push(std::move(x));
    bytes_ += n; // last: the line above may throw std::bad_alloc
  }
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return chunks_.size(); }
  const chunk& front() const noexcept { return chunks_.front(); }

  /// The front, at most `at_most` bytes of it. The queue must not be empty.
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

  /// Forgets the first `n` bytes, over as many chunks as that takes.
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
