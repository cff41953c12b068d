// Where a connection reads to, and how what was read becomes chunks of the bodies it belongs to: views of the block it
// was read into, or copies. Knows blocks and accounts; no socket and no engine.
#pragma once

#include <sluice/protocols/flow/account.hpp>
#include <sluice/protocols/flow/chunk.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace sluice {

/// What one turn of reading brought for one body, and the block that its small pieces are gathered in.
struct body_input {
  std::vector<chunk> pieces; ///< views of the blocks that were read into
  block_ref tail;            ///< copies of small pieces lie in it, one behind the other
  std::size_t tail_used = 0; ///< bytes of `tail`

  std::uint64_t bytes() const noexcept {
    std::uint64_t n = 0;
    for (const auto& piece : pieces)
      n += piece.size();
    return n;
  }
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
  /// Data inside the room that was given last is kept: what is read next goes behind it.
  chunk keep(std::span<const std::byte> data, std::size_t merged_below) {
    auto begin = static_cast<std::size_t>(data.data() - block_->data());
    if (data.size() < merged_below && begin != used_) {
      std::memmove(block_->data() + used_, data.data(), data.size());
      begin = used_;
    }
    used_ = begin + data.size();
    return {block_, begin, data.size()};
  }
  /// Copies data from elsewhere behind what is kept, as much as the block has room for; into a new block if it has
  /// none.
  chunk copy(std::span<const std::byte> data, chunk_pool& blocks) {
    const auto to = room(blocks);
    const auto n = std::min(data.size(), to.size());
    std::memcpy(to.data(), data.data(), n);
    return keep(to.first(n), 0);
  }
  /// The pieces of `input` become chunks at the end of `to`, and enter its account. In place only if `worth_sharing`
  /// and if the account allows that; else copied. Returns their bytes.
  static std::uint64_t hand_over(body_input& input, flow::account& account, bool worth_sharing,
                                 std::vector<chunk>& to) {
    std::uint64_t total = 0;
    for (std::size_t begin = 0, end = 0; begin < input.pieces.size(); begin = end) {
      const auto* block = input.pieces[begin].memory();
      std::uint64_t n = 0;
      for (; end < input.pieces.size() && input.pieces[end].memory() == block; ++end)
        n += input.pieces[end].size();
      const bool in_place = worth_sharing && account.may_share(block, block->capacity(), wire_bytes{n});
      for (auto i = begin; i < end; ++i)
        if (in_place) {
          account.receive(wire_bytes{input.pieces[i].size()}, block, block->capacity());
          to.push_back(std::move(input.pieces[i]));
        } else {
          copy_out(input, account, input.pieces[i].bytes(), to);
        }
      total += n;
    }
    input.pieces.clear();
    return total;
  }
  void let_go() {
    block_ = {};
    used_ = 0;
  }

private:
  static void copy_out(body_input& input, flow::account& account, std::span<const std::byte> data,
                       std::vector<chunk>& to) {
    if (data.size() >= gathered_below) {
      to.push_back(chunk::copy_of(data));
      account.receive(wire_bytes{data.size()}, nullptr, data.size());
      return;
    }
    while (!data.empty()) {
      if (!input.tail || input.tail_used == input.tail->capacity()) {
        input.tail = chunk::new_block(gathered_below);
        input.tail_used = 0;
      }
      const auto n = std::min(data.size(), input.tail->capacity() - input.tail_used);
      std::memcpy(input.tail->data() + input.tail_used, data.data(), n);
      chunk piece{input.tail, input.tail_used, n};
      if (to.empty() || !to.back().append(piece))
        to.push_back(std::move(piece));
      account.receive(wire_bytes{n}, input.tail.get(), input.tail->capacity());
      input.tail_used += n;
      data = data.subspan(n);
    }
  }

  block_ref block_;
  std::size_t used_ = 0;
};

} // namespace sluice
