// Who holds each received wire byte of one body: queued here, lent to the reader, or released.
// Knows no window, no clock, no chunk: only the invariant received == queued + lent + released.
#pragma once

#include <sluice/protocols/flow/bytes.hpp>

#include <algorithm>
#include <cassert>

namespace sluice::flow {

/// The credit ledger of one body. Every way a body ends goes through close(), after which nothing is held.
class ledger {
public:
  /// Body bytes arrived. Late ones, after close(), are released at once.
  void receive(wire_bytes n) {
    received_ += n;
    (closed_ ? released_ : queued_) += n;
    assert(consistent());
  }

  /// Queued bytes were handed to the reader.
  void lend(wire_bytes n) { move(queued_, lent_, n); }

  /// The reader consumed bytes it was lent. Returns what may be credited for it: never the same byte twice.
  wire_bytes settle(wire_bytes n) { return move(lent_, released_, n); }

  /// Bytes left the queue without reaching the reader: discarded, or eaten by a decoder that made nothing of them.
  wire_bytes skip(wire_bytes n) { return move(queued_, released_, n); }

  /// The body ended. Returns what was still held; a second call returns nothing.
  wire_bytes close() {
    closed_ = true;
    auto n = held();
    queued_ = lent_ = wire_bytes{};
    released_ += n;
    assert(consistent());
    return n;
  }

  bool closed() const noexcept { return closed_; }
  wire_bytes received() const noexcept { return received_; }
  wire_bytes queued() const noexcept { return queued_; }
  wire_bytes lent() const noexcept { return lent_; }
  wire_bytes released() const noexcept { return released_; }
  wire_bytes held() const noexcept { return queued_ + lent_; }
  bool consistent() const noexcept {
    return received_ == queued_ + lent_ + released_ && (!closed_ || held() == wire_bytes{});
  }

private:
  wire_bytes move(wire_bytes& from, wire_bytes& to, wire_bytes n) {
    assert(closed_ || n <= from);
    n = std::min(n, from);
    from -= n;
    to += n;
    assert(consistent());
    return n;
  }

  wire_bytes received_, queued_, lent_, released_;
  bool closed_ = false;
};

} // namespace sluice::flow
