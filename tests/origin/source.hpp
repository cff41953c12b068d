// Where an answer's bytes come from, a buffer at a time: seeded content, text, and what wraps them (chunks, gzip, pacing).
// Pulled only as the socket drains; knows neither sockets nor clocks.
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

/// What a pull gave. No bytes, no pause and no end together mean: the room was too small, come back with more.
struct pulled {
  std::size_t bytes = 0;
  std::size_t body_bytes = 0; ///< of these, content rather than heads and framing
  bool ended = false;
  std::chrono::milliseconds pause{0}; ///< not 0: send what there is and pull again after this
};

class source {
public:
  virtual ~source() = default;
  /// Writes at most out.size() bytes. A caller whose buffer is empty offers source_room_min at least.
  virtual pulled pull(std::span<std::byte> out) = 0;
};
using source_ptr = std::unique_ptr<source>;
inline constexpr std::size_t source_room_min = 4096;
inline constexpr std::uint64_t endless = UINT64_MAX;

/// The first `n` bytes of the content with this seed.
source_ptr seeded(std::uint64_t seed, std::uint64_t n);
/// `n` zero bytes: what a decompression bomb is made of.
source_ptr zeros(std::uint64_t n);
/// These bytes, counted as content or as framing.
source_ptr text(std::string x, bool is_body = false);
/// The same text over and over; it counts as framing.
source_ptr repeated(std::string x, std::uint64_t times = endless);
/// At most `piece` bytes of `inner` at a time, with a pause after each.
source_ptr paced(source_ptr inner, std::size_t piece, std::chrono::milliseconds interval);
/// `inner` in chunks of at most `chunk` bytes (RFC 9112 §7.1); the last one only if `complete`. `with_hash`: a trailer
/// section with the field Content-Hash, the hash of all content.
source_ptr chunked(source_ptr inner, std::size_t chunk, bool complete = true, bool with_hash = false);

enum class compression : std::uint8_t { gzip, zlib, raw_deflate };
/// `inner` compressed as it is pulled, restarted as a new member after every `member_bytes` bytes of input.
source_ptr compressed(source_ptr inner, compression how, std::uint64_t member_bytes = endless);

} // namespace sluice::origin
