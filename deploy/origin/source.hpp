// Where an answer's bytes come from, a buffer at a time: seeded content, text, and what wraps them (coding, pacing).
// Pulled only as the socket drains; knows no sockets.
#pragma once

#include "content.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::origin {

/// What a pull gave. Without a pause or an end, as much as there was room for.
struct pulled {
  std::size_t bytes = 0;
  bool ended = false;
  std::chrono::milliseconds pause{0}; ///< not 0: send what there is and pull again after this
};

class source {
public:
  virtual ~source() = default;
  /// Writes at most out.size() bytes.
  virtual pulled pull(std::span<std::byte> out) = 0;
};
using source_ptr = std::unique_ptr<source>;
inline constexpr std::uint64_t endless = UINT64_MAX;

/// The first `n` bytes of the content with this seed, or those of them from `offset` on.
source_ptr seeded(std::uint64_t seed, std::uint64_t n, std::uint64_t offset = 0);
/// `n` zero bytes: what a decompression bomb is made of.
source_ptr zeros(std::uint64_t n);
source_ptr text(std::string words);
/// The same text over and over.
source_ptr repeated(std::string words, std::uint64_t times = endless);
/// At most `piece` bytes of `inner` at a time, with a pause after each.
source_ptr paced(source_ptr inner, std::size_t piece, std::chrono::milliseconds interval);
/// At most that many bytes of `inner` a second, by the steady clock. What was not pulled in time is not made up for.
source_ptr rated(source_ptr inner, std::uint64_t bytes_per_second);
enum class compression : std::uint8_t { gzip, zlib, raw_deflate, brotli, zstd };
/// `inner` compressed as it is pulled, restarted as a new member (gzip) or frame (zstd) after every `member_bytes`
/// bytes of input. Brotli has neither: there `member_bytes` has no effect.
source_ptr compressed(source_ptr inner, compression how, std::uint64_t member_bytes = endless);

} // namespace sluice::origin
