// How many wire bytes may be outstanding on one stream, and the marks at which reading pauses and resumes.
// Knows no clock and no socket; who grows it and why is the tuner's business.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace sluice::flow {

/// Outstanding bytes against a size. Reading pauses when full() and resumes when low(): the gap between the marks
/// keeps a slow reader from toggling the transport at every byte.
class window {
public:
  explicit window(wire_bytes size) : size_(size), granted_(size) { assert(size.value > 0); }

  void receive(wire_bytes n) {
    granted_ -= std::min(n, granted_);
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

  /// For peers that count (HTTP/2, HTTP/3): what to grant now, taken as granted. Nothing before it is worth a frame: a
  /// quarter of the window, so that a peer far away never waits for the rest; and half of it for one that has used up
  /// all it had, which is when reading would resume. At most `most`, where memory is short.
  wire_bytes grant(wire_bytes most = wire_bytes{UINT64_MAX}) {
    const auto due = std::min(room() - std::min(room(), granted_), most);
    const auto part = granted_ > wire_bytes{} ? 4u : 2u;
    if (due.value < size_.value - size_.value / part * (part - 1))
      return wire_bytes{};
    granted_ += due;
    return due;
  }
  /// Such a peer may still send that much; without any it waits for us.
  wire_bytes granted() const noexcept { return granted_; }

  wire_bytes size() const noexcept { return size_; }
  wire_bytes outstanding() const noexcept { return outstanding_; }
  wire_bytes peak() const noexcept { return peak_; }
  wire_bytes low_mark() const noexcept { return wire_bytes{size_.value / 2}; }
  wire_bytes room() const noexcept { return outstanding_ < size_ ? size_ - outstanding_ : wire_bytes{}; }
  bool full() const noexcept { return outstanding_ >= size_; }
  bool low() const noexcept { return outstanding_ <= low_mark(); }

private:
  wire_bytes size_, granted_, outstanding_, peak_;
};

} // namespace sluice::flow
