// One exchange as its connection carries it: its body's account, what came for it and is not delivered yet, how its
// upload goes on, and when its origin has been silent for too long.
// Values and arithmetic; knows no socket and no engine.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/connection/read_space.hpp>
#include <sluice/actors/connection/upload.hpp>
#include <sluice/actors/io/clock.hpp>
#include <sluice/protocols/flow/account.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace sluice {

struct carried {
  using clock = loop_clock;
  static constexpr auto never = clock::time_point::max();

  carried(std::uint32_t number, stream to, exchange_ptr asked, flow::budget& budget, const flow::tuner_config& tuning)
    : index(number), handle(std::move(to)), exchange(std::move(asked)), first_window(tuning.initial),
      account(budget, tuning) {}

  std::uint32_t index;
  stream handle;
  exchange_ptr exchange;
  wire_bytes first_window;
  flow::account account;

  // of the response
  arrival_ptr undelivered; // what came beside body bytes
  body_input input;        // body bytes that came, and are not delivered
  bool head_seen = false, over = false, paused = false;
  clock::time_point silent_since{}; // when something of the response came last, or the origin was invited to send
  std::uint64_t length = 0;         // of the body; 0: not told by the head

  // of the request
  sluice::upload upload;

  bool has_undelivered() const noexcept { return undelivered || !input.pieces.empty(); }
  arrival& arriving() {
    if (!undelivered)
      undelivered = std::make_shared<arrival>();
    return *undelivered;
  }

  /// Views of blocks that are shared with other bodies keep these alive as a whole. That is worth it for large pieces,
  /// and for a reader that has proved to keep up; a stalled body of few bytes gets copies.
  bool worth_sharing() const noexcept {
    const auto& window = account.window();
    return input.bytes() >= read_space::gathered_below && window.size() > first_window
           && window.outstanding() <= window.low_mark();
  }

  /// When the origin has been silent for too long. Runs once it has all of the request.
  clock::time_point silence_ends() const noexcept {
    const auto allowed = exchange->request.deadlines.peer_silence;
    return over || paused || !upload.given || allowed.count() == 0 ? never : silent_since + allowed;
  }
  /// When the origin has taken nothing of the request's body for too long.
  clock::time_point upload_silence_ends() const noexcept {
    return over ? never : upload.silence_ends(exchange->request.deadlines.upload_silence);
  }
  clock::time_point next_deadline() const noexcept {
    return std::min({upload.continue_at, silence_ends(), upload_silence_ends()});
  }
  /// Why the exchange fails at `now`: a deadline of its request has passed. No failure: none has. `inside`: bytes of
  /// the request's body that engine and transport hold; fewer than at the last look restart the deadline
  /// upload_silence.
  failure overdue(clock::time_point now, std::uint64_t inside);
};

} // namespace sluice
