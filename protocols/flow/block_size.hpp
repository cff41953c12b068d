// How large the blocks are that body bytes are read into, for a processor core with a given second-level cache.
// Pure arithmetic; asks no system.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

namespace sluice::flow {

inline constexpr std::size_t smallest_block_bytes = 64u << 10, largest_block_bytes = 256u << 10;

/// Bytes of a block: a quarter of the cache, as a power of two. A block is filled, consumed and filled again, while the
/// kernel's copy of the same bytes passes through the cache; if both do not fit, each read goes to memory. Large blocks
/// need fewer system calls, hence the lower bound. `l2_bytes` 0: unknown, taken for 512 KiB.
constexpr std::size_t block_bytes_for(std::size_t l2_bytes) noexcept {
  const auto cache = l2_bytes > 0 ? l2_bytes : std::size_t{512u << 10};
  return std::clamp(std::bit_floor(cache / 4), smallest_block_bytes, largest_block_bytes);
}

} // namespace sluice::flow
