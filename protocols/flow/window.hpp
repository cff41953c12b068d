// The flow-control window of one body: how many wire bytes may be outstanding, and at which fill levels reading pauses
// and resumes. Knows no clock and no socket; the tuner decides its size.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace sluice::flow {

/// Outstanding bytes are those received and not released. Reading pauses when full() and resumes when low(); the gap
/// between the two levels keeps a slow reader from switching reading off and on at every byte.
class window {
public:
  explicit window(wire_bytes size) : size_(size), granted_(size) { assert(size.value > 0); }

  void receive(wire_bytes n) {
    granted_ -= std::min(n, granted_);
    outstanding_ += n;
    peak_ = std::max(peak_, outstanding_);
  }
  /// The only call that opens the window.
  void release(wire_bytes n) {
    assert(n <= outstanding_);
    outstanding_ -= std::min(n, outstanding_);
  }
  void resize(wire_bytes size) {
    assert(size.value > 0);
    size_ = size;
  }

  /// HTTP/2 and HTTP/3: bytes of credit to send to the peer now, at most `limit`; they count as granted from here on.
  /// Zero while the credit is too small to be worth a frame: less than a quarter of the window, or less than half of it
  /// if the peer has used up all its credit (the level of low()). The quarter keeps a peer on a long path from running
  /// out of credit.
  wire_bytes grant(wire_bytes limit = wire_bytes{UINT64_MAX}) {
    const auto credit = std::min(room() - std::min(room(), granted_), limit);
    const auto divisor = granted_ > wire_bytes{} ? 4u : 2u;
    if (credit.value < size_.value - size_.value / divisor * (divisor - 1))
      return wire_bytes{};
    granted_ += credit;
    return credit;
  }
  /// HTTP/2 and HTTP/3: bytes that the peer may still send. Zero: it waits for credit.
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
