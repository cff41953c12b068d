// A queue whose memory follows its content: the part that was taken off is given back as the queue moves on, and an
// empty queue holds almost nothing (a std::deque takes over 512 bytes even then).
// Plain values; knows nothing of what they are.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::flow {

/// An operation costs a constant number of moves, amortised. A default-constructed T must be cheap: it takes the place
/// of an element that was popped, until the room is given back.
template <class T>
class fifo {
public:
  bool empty() const noexcept { return first_ == elements_.size(); }
  std::size_t size() const noexcept { return elements_.size() - first_; }
  T& front() noexcept { return elements_[first_]; }
  const T& front() const noexcept { return elements_[first_]; }
  T& back() noexcept { return elements_.back(); }
  void push(T x) { elements_.push_back(std::move(x)); }

  T pop() {
    assert(!empty());
    auto result = std::exchange(elements_[first_], T{});
    if (++first_ == elements_.size())
      clear();
    else if (first_ >= compacted_from && first_ * 2 >= elements_.size()) { // each element is moved once for it
      elements_.erase(elements_.begin(), elements_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return result;
  }

  void clear() {
    if (elements_.capacity() > kept_capacity)
      std::vector<T>{}.swap(elements_); // a burst must not leave its room behind
    else
      elements_.clear();
    first_ = 0;
  }
  /// Elements that memory is held for.
  std::size_t capacity() const noexcept { return elements_.capacity(); }

private:
  static constexpr std::size_t compacted_from = 32, kept_capacity = 64;
  std::vector<T> elements_;
  std::size_t first_ = 0;
};

} // namespace sluice::flow
