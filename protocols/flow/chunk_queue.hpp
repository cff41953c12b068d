// Chunks in order of arrival, with their byte count; taken off whole or in parts.
// Knows nothing of credit: the ledger counts, the queue holds.
#pragma once

#include <sluice/protocols/flow/chunk.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sluice::flow {

/// A FIFO of chunks; an operation costs a constant number of moves, amortised. Empty it holds no memory worth counting
/// (a std::deque takes over 512 bytes even then). Empty chunks are not kept, so front() always has a byte.
class chunk_queue {
public:
  void push(chunk x) {
    if (x.empty())
      return;
    const auto n = x.size();
    chunks_.push_back(std::move(x));
    bytes_ += n; // last: the line above may throw std::bad_alloc
  }
  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return chunks_.size() - first_; }
  const chunk& front() const noexcept { return chunks_[first_]; }

  /// The front, at most `at_most` bytes of it. The queue must not be empty.
  chunk pop(std::size_t at_most = SIZE_MAX) {
    assert(!empty());
    auto& head = chunks_[first_];
    if (at_most < head.size()) {
      auto result = head.part(0, at_most);
      head = head.part(at_most, head.size() - at_most);
      bytes_ -= at_most;
      return result;
    }
    auto result = std::move(head);
    bytes_ -= result.size();
    if (++first_ == chunks_.size())
      clear();
    else if (first_ >= 32 && first_ * 2 >= chunks_.size()) { // the dead half goes; each chunk is moved once for it
      chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return result;
  }

  /// Forgets the first `n` bytes, over as many chunks as that takes.
  void drop_front(std::size_t n) {
    assert(n <= bytes_);
    while (n > 0)
      n -= pop(n).size();
  }
  void clear() {
    if (chunks_.capacity() > kept_capacity)
      std::vector<chunk>{}.swap(chunks_); // a body of tiny chunks must not leave its room behind
    else
      chunks_.clear();
    first_ = bytes_ = 0;
  }

private:
  static constexpr std::size_t kept_capacity = 64;
  std::vector<chunk> chunks_;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace sluice::flow
