// The account of one body: its window, the proof by which that grows, the memory that its bytes keep alive, and its
// share of the client's budget. What may be sent or read next follows from it. Plain values, the time is an argument;
// knows no engine and no socket.
#pragma once

#include <sluice/protocols/flow/budget.hpp>
#include <sluice/protocols/flow/pins.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/flow/window.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::flow {

/// Two invariants hold after every call: what the body's blocks hold, and what the peer may still send into new ones,
/// is no more than its window and `slack`; and the budget is charged with the larger of the window and what the blocks
/// hold.
class account {
public:
  /// One block as sockets are read into: a body that holds one byte of a block holds all of it.
  static constexpr wire_bytes slack{256u << 10};

  /// What follows from bytes that were released.
  struct decision {
    wire_bytes released; ///< what counted: at most what was outstanding
    wire_bytes grant;    ///< a peer that counts is told that it may send so many more; taken as granted
    bool go_on = false;  ///< for others: reading that was stopped goes on, as half of the window is free
  };

  /// Takes the first window from the budget even above its total: a body without a window could never move.
  account(budget& shared, const tuner_config& tuning)
    : budget_(shared), window_(tuning.initial), tuner_(tuning), charged_(tuning.initial) {
    budget_.force(charged_);
  }
  ~account() { budget_.give_back(charged_); }
  account(const account&) = delete;
  account& operator=(const account&) = delete;

  /// Whether `n` bytes that arrived in `block` may be lent in place, as views that keep all of it alive. Otherwise they
  /// are to be copied.
  bool may_share(const void* block, std::size_t capacity, wire_bytes n) const noexcept {
    const auto to_come = window_.granted() - std::min(n, window_.granted());
    return pins_.with(block, capacity) + to_come <= window_.size() + slack;
  }
  /// `n` bytes of the body arrived, which now lie in `block`, of `capacity` bytes. Null: in memory of their own.
  void receive(wire_bytes n, const void* block, std::size_t capacity) {
    window_.receive(n);
    pins_.add(block, capacity, n);
    recharge();
  }

  /// Whether the peer is told what it may send (HTTP/2, HTTP/3), or just stops when nobody reads (HTTP/1.1), which is
  /// what is taken for granted.
  void set_peer_counts(bool x) noexcept { peer_counts_ = x; }

  /// The reader consumed `n` bytes, or they were given up: the only way in which a window opens. `now` and
  /// `round_trip` are for the tuner.
  decision release(wire_bytes n, std::chrono::nanoseconds now, std::chrono::nanoseconds round_trip) {
    decision result;
    result.released = let_go(n);
    if (const auto wanted = tuner_.on_release(result.released, now, round_trip))
      resize(*wanted);
    if (peer_counts_)
      result.grant = grant();
    else
      result.go_on = window_.low() && !full();
    return result;
  }
  /// As release(), for a body of which nothing more comes: its window does not matter any more.
  wire_bytes let_go(wire_bytes n) {
    n = std::min(n, window_.outstanding());
    window_.release(n);
    pins_.release(n);
    recharge();
    return n;
  }

  /// Where the peer does not count: how much may be read now.
  wire_bytes room() const noexcept {
    const auto most = window_.size() + slack;
    return std::min(window_.room(), most - std::min(pins_.held(), most));
  }
  bool full() const noexcept { return room() == wire_bytes{}; }

  /// A smaller bound for the window's growth than configured; never below its size now.
  void set_maximum(wire_bytes n) noexcept { tuner_.set_maximum(std::max(n, window_.size())); }
  const flow::window& window() const noexcept { return window_; }
  wire_bytes outstanding() const noexcept { return window_.outstanding(); }
  /// Capacity of the blocks that the outstanding bytes keep alive.
  wire_bytes pinned() const noexcept { return pins_.held(); }
  wire_bytes charged() const noexcept { return charged_; }

private:
  /// See window::grant().
  wire_bytes grant() {
    const auto held = pins_.held() + window_.granted(), most = window_.size() + slack;
    return window_.grant(most - std::min(held, most));
  }
  void resize(wire_bytes wanted) {
    const auto due = std::max(wanted, pins_.held());
    if (due > charged_ && !budget_.reserve(due - charged_))
      return tuner_.limit(window_.size());
    window_.resize(wanted);
    charged_ = std::max(charged_, due);
    recharge();
  }
  void recharge() noexcept {
    const auto due = std::max(window_.size(), pins_.held());
    if (due > charged_)
      budget_.force(due - charged_);
    else if (due < charged_)
      budget_.give_back(charged_ - due);
    charged_ = due;
  }

  budget& budget_;
  flow::window window_;
  flow::tuner tuner_;
  flow::pins pins_;
  wire_bytes charged_;
  bool peer_counts_ = false;
};

} // namespace sluice::flow
