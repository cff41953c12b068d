// One exchange as its connection sees it: what it may have outstanding, what came for it in this turn, what is uploaded.
// Values and arithmetic; knows no socket and no engine.
#pragma once

#include <sluice/actors/exchange.hpp>
#include <sluice/protocols/flow/tuner.hpp>
#include <sluice/protocols/flow/window.hpp>

#include <cstring>

namespace sluice {

struct flow_entry {
  using clock = std::chrono::steady_clock;

  flow_entry(std::uint32_t number, stream to, exchange_ptr x, const flow::tuner_config& tuning)
    : index(number), handle(std::move(to)), what(std::move(x)), first_window(tuning.initial), window(tuning.initial), tuner(tuning) {}

  std::uint32_t index;
  stream handle;
  exchange_ptr what;
  wire_bytes first_window;
  flow::window window;
  flow::tuner tuner;

  // of the response
  arrival_ptr news; // what came and is not delivered yet
  std::vector<std::pair<std::size_t, std::size_t>> ranges; // begin, end in the connection's block: news to be
  bool head_seen = false, over = false, paused = false;
  clock::time_point last_heard{};
  std::uint64_t length = 0;     // of the body; 0: not told by the head
  std::uint64_t bulk_after = 0; // so many bytes must have come before it may be taken for a fast one

  // of the request's body
  bool upload_done = true, pulling = false;
  std::uint64_t uploaded = 0;
  clock::time_point continue_at = clock::time_point::max();

  arrival& fresh() {
    if (!news)
      news = std::make_shared<arrival>();
    return *news;
  }

  /// The reader has proved that it keeps up: it may be lent blocks that it shares with others. Else a stalled body of
  /// few bytes would hold whole blocks.
  bool keeps_up() const { return window.size() > first_window && window.outstanding() <= window.low_mark(); }

  clock::time_point silence_ends() const {
    const auto allowed = what->what.deadlines.peer_silence;
    return over || paused || !upload_done || allowed.count() == 0 ? clock::time_point::max() : last_heard + allowed;
  }
};

/// Where a connection reads to: body bytes are lent out of the block in place, reading goes on behind them. Pieces that
/// are smaller than `merged_below` are moved together over the framing between them, so that a stream of tiny chunks
/// costs the memory of its data alone.
class read_space {
public:
  static constexpr std::size_t least_bytes = 2048;

  std::span<std::byte> room(chunk_pool& blocks) {
    if (block_.unique())
      used_ = 0;
    if (!block_ || block_->capacity() - used_ < least_bytes) {
      block_ = blocks.allocate();
      used_ = 0;
    }
    return {block_->data() + used_, block_->capacity() - used_};
  }
  /// Data inside the room that was given last, kept for `x`.
  void keep(flow_entry& x, std::span<const std::byte> data, std::size_t merged_below) {
    auto begin = static_cast<std::size_t>(data.data() - block_->data());
    if (data.size() < merged_below && begin != used_) {
      std::memmove(block_->data() + used_, data.data(), data.size());
      begin = used_;
    }
    if (!x.ranges.empty() && x.ranges.back().second == begin)
      x.ranges.back().second += data.size();
    else
      x.ranges.emplace_back(begin, begin + data.size());
    used_ = begin + data.size();
  }
  /// Data from elsewhere is copied behind what is kept, as much as there is room for. Returns the bytes.
  std::size_t copy(flow_entry& x, std::span<const std::byte> data) {
    const auto n = block_ ? std::min(data.size(), block_->capacity() - used_) : 0;
    if (n > 0) {
      std::memcpy(block_->data() + used_, data.data(), n);
      keep(x, {block_->data() + used_, n}, 0);
    }
    return n;
  }
  /// The kept ranges of `x` become its news: in place, or copied into memory of their own. Returns their bytes.
  std::uint64_t hand_over(flow_entry& x, bool in_place) {
    std::uint64_t n = 0;
    for (auto [begin, end] : x.ranges)
      n += end - begin;
    if (n == 0)
      return 0;
    auto& news = x.fresh();
    if (in_place)
      for (auto [begin, end] : x.ranges)
        news.data.emplace_back(block_, begin, end - begin);
    else
      news.data.push_back(chunk::filled(static_cast<std::size_t>(n), [&](std::byte* out) {
        for (auto [begin, end] : x.ranges)
          out = std::copy(block_->data() + begin, block_->data() + end, out);
      }));
    x.ranges.clear();
    return n;
  }
  void let_go() {
    block_ = {};
    used_ = 0;
  }

private:
  block_ref block_;
  std::size_t used_ = 0;
};

} // namespace sluice
