// A FIFO queue that frees memory as elements are taken. An empty queue needs no heap memory, where an empty std::deque
// (libstdc++) takes more than 512 bytes. Knows nothing about its elements.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::flow {

/// push() and pop() cost an amortised constant number of moves. A default-constructed T must be cheap: it stands in for
/// a popped element until the vector is compacted.
template <class T>
class fifo {
public:
  bool empty() const noexcept { return first_ == elements_.size(); }
  std::size_t size() const noexcept { return elements_.size() - first_; }
  T& front() noexcept { return elements_[first_]; }
  const T& front() const noexcept { return elements_[first_]; }
  T& back() noexcept { return elements_.back(); }
  void push(T element) { elements_.push_back(std::move(element)); }

  T pop() {
    assert(!empty());
    auto result = std::exchange(elements_[first_], T{});
    if (++first_ == elements_.size())
      clear();
    else if (first_ >= compacted_from && first_ * 2 >= elements_.size()) { // moves no more elements than were popped
      elements_.erase(elements_.begin(), elements_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return result;
  }

  void clear() {
    if (elements_.capacity() > kept_capacity)
      std::vector<T>{}.swap(elements_); // free the memory of a burst
    else
      elements_.clear();
    first_ = 0;
  }
  /// Number of elements for which memory is allocated.
  std::size_t capacity() const noexcept { return elements_.capacity(); }

private:
  static constexpr std::size_t compacted_from = 32; // popped elements from which on the vector is compacted
  static constexpr std::size_t kept_capacity = 64;  // elements; a larger allocation is freed once the queue is empty
  std::vector<T> elements_;
  std::size_t first_ = 0;
};

} // namespace sluice::flow
