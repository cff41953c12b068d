// Where a connection reads to, and how what was read becomes chunks of the bodies it belongs to: views of the block it
// was read into, or copies. Knows blocks and accounts; no socket and no engine.
#pragma once

#include <sluice/protocols/flow/account.hpp>
#include <sluice/protocols/flow/chunk.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace sluice {

/// What one turn of reading brought for one body, and the block that its small pieces are gathered in.
struct body_input {
  std::vector<std::pair<std::size_t, std::size_t>> ranges; ///< begin and end of its bytes in the connection's block
  block_ref tail;                                          ///< copies of small pieces lie in it, one behind the other
  std::size_t tail_used = 0;                               ///< bytes of `tail`
};

/// Body bytes are lent out of the block in place where that is worth it, and reading goes on behind them. Pieces that
/// are smaller than `merged_below` are moved together over the framing between them, so that a stream of tiny chunks
/// costs the memory of its data alone.
class read_space {
public:
  /// Less room than this is not worth a read: a new block is taken.
  static constexpr std::size_t least_bytes = 2048;
  /// Copies below this size are gathered in a block of the body's own. Larger ones get memory of their own size.
  static constexpr std::size_t gathered_below = 16u << 10;

  std::span<std::byte> room(chunk_pool& blocks) {
    if (block_.unique())
      used_ = 0;
    if (!block_ || block_->capacity() - used_ < least_bytes) {
      block_ = blocks.allocate();
      used_ = 0;
    }
    return {block_->data() + used_, block_->capacity() - used_};
  }
  /// Data inside the room that was given last, kept for the body `x`.
  void keep(body_input& x, std::span<const std::byte> data, std::size_t merged_below) {
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
  std::size_t copy(body_input& x, std::span<const std::byte> data) {
    const auto n = block_ ? std::min(data.size(), block_->capacity() - used_) : 0;
    if (n > 0) {
      std::memcpy(block_->data() + used_, data.data(), n);
      keep(x, {block_->data() + used_, n}, 0);
    }
    return n;
  }
  /// The kept ranges of `x` become chunks at the end of `to`, and enter its account. In place only if `worth_sharing`
  /// and if the account allows that; else copied. Returns their bytes.
  std::uint64_t hand_over(body_input& x, flow::account& account, bool worth_sharing, std::vector<chunk>& to) {
    std::uint64_t n = 0;
    for (auto [begin, end] : x.ranges)
      n += end - begin;
    if (n == 0)
      return 0;
    const bool in_place = worth_sharing && account.may_share(block_.get(), block_->capacity(), wire_bytes{n});
    for (auto [begin, end] : x.ranges)
      if (in_place) {
        to.emplace_back(block_, begin, end - begin);
        account.receive(wire_bytes{end - begin}, block_.get(), block_->capacity());
      } else {
        copy_out(x, account, {block_->data() + begin, end - begin}, to);
      }
    x.ranges.clear();
    return n;
  }
  void let_go() {
    block_ = {};
    used_ = 0;
  }

private:
  static void copy_out(body_input& x, flow::account& account, std::span<const std::byte> data, std::vector<chunk>& to) {
    if (data.size() >= gathered_below) {
      to.push_back(chunk::copy_of(data));
      account.receive(wire_bytes{data.size()}, nullptr, data.size());
      return;
    }
    while (!data.empty()) {
      if (!x.tail || x.tail_used == x.tail->capacity()) {
        x.tail = chunk::new_block(gathered_below);
        x.tail_used = 0;
      }
      const auto n = std::min(data.size(), x.tail->capacity() - x.tail_used);
      std::memcpy(x.tail->data() + x.tail_used, data.data(), n);
      chunk piece{x.tail, x.tail_used, n};
      if (to.empty() || !to.back().append(piece))
        to.push_back(std::move(piece));
      account.receive(wire_bytes{n}, x.tail.get(), x.tail->capacity());
      x.tail_used += n;
      data = data.subspan(n);
    }
  }

  block_ref block_;
  std::size_t used_ = 0;
};

} // namespace sluice
