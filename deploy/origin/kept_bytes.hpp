// Bytes of one stream from when they are made until the client has acknowledged them; QUIC sends them from where they
// are. Knows no protocol. Positions count from the first byte ever put here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::origin {

class kept_bytes {
public:
  static constexpr std::size_t block_bytes = 16u << 10;

  /// Room in one piece, at most `most` bytes and at least 1.
  std::span<std::byte> space(std::size_t most) {
    most = std::clamp<std::size_t>(most, 1, block_bytes);
    if (blocks_.empty() || block_bytes - used_ < std::min(most, small)) {
      if (!blocks_.empty())
        blocks_.back().size = used_;
      blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(block_bytes), 0, end_});
      used_ = 0;
    }
    return {blocks_.back().bytes.get() + used_, std::min(most, block_bytes - used_)};
  }
  /// The first `n` bytes of space() are there to stay.
  std::span<const std::byte> commit(std::size_t n) {
    const std::span<const std::byte> result{blocks_.back().bytes.get() + used_, n};
    used_ += n;
    end_ += n;
    return result;
  }
  void put(std::string_view text) {
    while (!text.empty()) {
      const auto to = space(text.size());
      std::copy_n(reinterpret_cast<const std::byte*>(text.data()), to.size(), to.begin());
      commit(to.size());
      text.remove_prefix(to.size());
    }
  }
  /// The oldest `n` bytes are no longer needed.
  void release(std::uint64_t n) {
    begin_ += std::min(n, end_ - begin_);
    while (!blocks_.empty() && begin_ >= blocks_.front().begin + size_of(blocks_.front()))
      blocks_.pop_front();
  }
  std::uint64_t end() const { return end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  /// What lies at this position and behind it, in one piece; empty at the end. Quick near the end.
  std::span<const std::byte> at(std::uint64_t position) const {
    const auto found =
        std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const block& each) { return position >= each.begin; });
    if (found == blocks_.rend() || position >= end_)
      return {};
    return {found->bytes.get() + (position - found->begin),
            static_cast<std::size_t>(found->begin + size_of(*found) - position)};
  }
  bool holds(const std::byte* place) const {
    return std::any_of(blocks_.rbegin(), blocks_.rend(), [&](const block& candidate) {
      return std::less_equal<>{}(candidate.bytes.get(), place)
             && std::less<>{}(place, candidate.bytes.get() + block_bytes);
    });
  }

private:
  static constexpr std::size_t small = 1024; // not worth a piece of its own
  struct block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size; // of all but the last
    std::uint64_t begin;
  };
  std::size_t size_of(const block& one) const { return &one == &blocks_.back() ? used_ : one.size; }

  std::deque<block> blocks_;
  std::size_t used_ = 0; // of the last
  std::uint64_t begin_ = 0, end_ = 0;
};

} // namespace sluice::origin
