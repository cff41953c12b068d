// How many wire bytes may be outstanding on one stream, and the marks at which reading pauses and resumes.
// Knows no clock and no socket; who grows it and why is the tuner's business.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <algorithm>
#include <cassert>

namespace sluice::flow {

/// Outstanding bytes against a size. Reading pauses when full() and resumes when low(): the gap between the marks
/// keeps a slow reader from toggling the transport at every byte.
class window {
public:
  explicit window(wire_bytes size) : size_(size) { assert(size.value > 0); }

  void receive(wire_bytes n) {
    outstanding_ += n;
    peak_ = std::max(peak_, outstanding_);
  }
  /// The only way in which a window opens.
  void release(wire_bytes n) {
    assert(n <= outstanding_);
    outstanding_ -= std::min(n, outstanding_);
  }
  void resize(wire_bytes size) {
    assert(size.value > 0);
    size_ = size;
  }

  wire_bytes size() const noexcept { return size_; }
  wire_bytes outstanding() const noexcept { return outstanding_; }
  wire_bytes peak() const noexcept { return peak_; }
  wire_bytes low_mark() const noexcept { return wire_bytes{size_.value / 2}; }
  wire_bytes room() const noexcept { return outstanding_ < size_ ? size_ - outstanding_ : wire_bytes{}; }
  bool full() const noexcept { return outstanding_ >= size_; }
  bool low() const noexcept { return outstanding_ <= low_mark(); }

private:
  wire_bytes size_, outstanding_, peak_;
};

} // namespace sluice::flow
