// One exchange as its connection sees it: its body's account, what came for it in this turn, how its upload goes on.
// Values and arithmetic; knows no socket and no engine.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/actors/connection/read_space.hpp>
#include <sluice/protocols/flow/account.hpp>

namespace sluice {

struct flow_entry {
  using clock = std::chrono::steady_clock;
  static constexpr auto never = clock::time_point::max();

  flow_entry(std::uint32_t number, stream to, exchange_ptr x, flow::budget& budget, const flow::tuner_config& tuning)
    : index(number), handle(std::move(to)), what(std::move(x)), first_window(tuning.initial), account(budget, tuning) {}

  std::uint32_t index;
  stream handle;
  exchange_ptr what;
  wire_bytes first_window;
  flow::account account;

  // of the response
  arrival_ptr news; // what came and is not delivered yet
  body_input input; // body bytes that came in this turn: news to be
  bool head_seen = false, over = false, paused = false;
  clock::time_point last_heard{};
  std::uint64_t length = 0;     // of the body; 0: not told by the head
  std::uint64_t bulk_after = 0; // so many bytes must have come before it may be taken for a fast one

  // of the request's body
  bool upload_done = true; // all of it was given to the engine
  bool upload_sent = true; // and has left
  bool pulling = false;    // its source was asked for more
  std::uint64_t uploaded = 0;
  clock::time_point continue_at = never;
  clock::time_point upload_progress{}; // when some of it left last, as far as was looked
  std::uint64_t upload_left = 0;       // bytes that were given and had not left then

  arrival& fresh() {
    if (!news)
      news = std::make_shared<arrival>();
    return *news;
  }

  /// Views of blocks that are shared with other bodies keep these alive as a whole. That is worth it for large pieces,
  /// and for a reader that has proved to keep up; a stalled body of few bytes gets copies.
  bool worth_sharing() const {
    std::size_t n = 0;
    for (auto [begin, end] : input.ranges)
      n += end - begin;
    const auto& window = account.window();
    return n >= read_space::gathered_below && window.size() > first_window && window.outstanding() <= window.low_mark();
  }

  /// When the origin has been silent for too long. Runs once it has all of the request.
  clock::time_point silence_ends() const {
    const auto allowed = what->what.deadlines.peer_silence;
    return over || paused || !upload_done || allowed.count() == 0 ? never : last_heard + allowed;
  }
  /// When the origin has taken nothing of the request's body for too long. Stands still while its source has nothing to
  /// send, and while the answer is awaited that lets the upload begin.
  clock::time_point upload_silence_ends() const {
    const auto allowed = what->what.deadlines.upload_silence;
    return over || upload_sent || pulling || continue_at != never || allowed.count() == 0 ? never
                                                                                          : upload_progress + allowed;
  }
};

} // namespace sluice
