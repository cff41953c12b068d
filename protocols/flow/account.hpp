// The flow-control account of one response body: window, window tuner, memory kept alive by unconsumed bytes, and share
// of the client's memory budget. It decides how many bytes the peer may send next. Plain values; the time is an
// argument. Knows no engine and no socket.
#pragma once

#include <sluice/protocols/flow/budget.hpp>
#include <sluice/protocols/flow/pins.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/flow/window.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::flow {

/// Invariants after every call:
/// - capacity of the pinned blocks + bytes granted and not yet received <= window size + `slack`;
/// - the budget is charged with the larger of the window size and the capacity of the pinned blocks.
class account {
public:
  /// Bytes; the largest capacity of a socket read block. A body that holds one byte of a block keeps all of it alive.
  static constexpr wire_bytes slack{256u << 10};

  /// What follows from bytes that were released.
  struct decision {
    wire_bytes released; ///< the bytes that counted: at most those that were outstanding
    wire_bytes grant;    ///< HTTP/2 and HTTP/3: credit to send to the peer now; it counts as granted from here on
    bool resume = false; ///< HTTP/1.1: reading that stopped on full() resumes, as half of the window is free
  };

  /// Charges the initial window to the budget even above its total: without a window the body could receive nothing.
  account(budget& shared, const tuner_config& tuning)
    : budget_(shared), window_(tuning.initial), tuner_(tuning), charged_(tuning.initial) {
    budget_.force(charged_);
  }
  ~account() { budget_.give_back(charged_); }
  account(const account&) = delete;
  account& operator=(const account&) = delete;

  /// True: the `n` bytes that arrived in `block` may be handed out as views, which keep the whole block alive.
  /// False: the caller must copy them.
  bool may_share(const void* block, std::size_t capacity, wire_bytes n) const noexcept {
    const auto still_granted = window_.granted() - std::min(n, window_.granted());
    return pins_.with(block, capacity) + still_granted <= window_.size() + slack;
  }
  /// `n` bytes of the body arrived and are stored in `block`, whose size is `capacity` bytes. Null `block`: they are
  /// stored in memory that nothing else shares.
  void receive(wire_bytes n, const void* block, std::size_t capacity) {
    window_.receive(n);
    pins_.add(block, capacity, n);
    recharge();
  }

  /// Whether the peer counts credit (HTTP/2, HTTP/3). Otherwise (HTTP/1.1, the default) the origin is stopped by not
  /// reading.
  void set_peer_counts(bool counts) noexcept { peer_counts_ = counts; }

  /// The reader consumed or discarded `n` bytes. This is the only call that opens the window. `now` and `round_trip`
  /// are input for the tuner.
  decision release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds round_trip) {
    decision result;
    result.released = let_go(n);
    if (const auto wanted = tuner_.on_release(result.released, now, round_trip))
      resize(*wanted);
    if (peer_counts_)
      result.grant = grant();
    else
      result.resume = window_.low() && !full();
    return result;
  }
  /// Like release(), for a body that will receive nothing more: does not tune the window.
  wire_bytes let_go(wire_bytes n) {
    n = std::min(n, window_.outstanding());
    window_.release(n);
    pins_.release(n);
    recharge();
    return n;
  }

  /// HTTP/1.1, which has no credit of its own: bytes that may be read from the socket now.
  wire_bytes room() const noexcept {
    const auto limit = window_.size() + slack;
    return std::min(window_.room(), limit - std::min(pins_.held(), limit));
  }
  bool full() const noexcept { return room() == wire_bytes{}; }

  /// Lowers the configured maximum of the window; not below its current size.
  void set_maximum(wire_bytes n) noexcept { tuner_.set_maximum(std::max(n, window_.size())); }
  const flow::window& window() const noexcept { return window_; }
  wire_bytes outstanding() const noexcept { return window_.outstanding(); }
  /// Total capacity of the blocks that the outstanding bytes keep alive.
  wire_bytes pinned() const noexcept { return pins_.held(); }
  wire_bytes charged() const noexcept { return charged_; }

private:
  /// See window::grant().
  wire_bytes grant() {
    const auto committed = pins_.held() + window_.granted(), limit = window_.size() + slack;
    return window_.grant(limit - std::min(committed, limit));
  }
  void resize(wire_bytes wanted) {
    const auto charge = std::max(wanted, pins_.held());
    if (charge > charged_ && !budget_.reserve(charge - charged_))
      return tuner_.limit(window_.size());
    window_.resize(wanted);
    charged_ = std::max(charged_, charge);
    recharge();
  }
  void recharge() noexcept {
    const auto charge = std::max(window_.size(), pins_.held());
    if (charge > charged_)
      budget_.force(charge - charged_);
    else if (charge < charged_)
      budget_.give_back(charged_ - charge);
    charged_ = charge;
  }

  budget& budget_;
  flow::window window_;
  flow::tuner tuner_;
  flow::pins pins_;
  wire_bytes charged_;
  bool peer_counts_ = false;
};

} // namespace sluice::flow
