// Content that anyone can check: byte i of a body with seed s depends on s and i alone. And a fast hash to print.
// Knows nothing of HTTP or sockets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sluice::origin {

/// Writes bytes [offset, offset + out.size()) of the content with this seed. Any offset costs the same.
void fill(std::uint64_t seed, std::uint64_t offset, std::span<std::byte> out);

/// Compares what was received with what fill() gives, in order from offset 0.
class checker {
public:
  explicit checker(std::uint64_t seed) : seed_(seed) {}
  /// False from the first wrong byte on.
  bool update(std::span<const std::byte> received);
  /// Bytes found right so far; after a mismatch, the place of the first wrong byte.
  std::uint64_t offset() const { return offset_; }
  bool good() const { return good_; }

private:
  std::uint64_t seed_;
  std::uint64_t offset_ = 0;
  bool good_ = true;
};

/// A 64-bit hash of a stream, the same however the stream was cut. For telling bodies apart, not for security.
class hasher {
public:
  void update(std::span<const std::byte> bytes);
  std::uint64_t value() const;
  std::uint64_t bytes() const { return bytes_; }

private:
  static constexpr std::size_t block_bytes = 32;
  void add_block(const std::byte* at);
  std::array<std::uint64_t, 4> lanes_{0x9ae16a3b2f90404fU, 0xc949c7defebe6f2bU, 0x87c37b91114253d5U,
                                      0x4cf5ad432745937fU};
  std::array<std::byte, block_bytes> partial_{};
  std::uint64_t bytes_ = 0;
};

/// The hash of these bytes.
std::uint64_t hash(std::span<const std::byte> bytes);
/// The hash of the first `n` bytes of the content with this seed.
std::uint64_t hash_of(std::uint64_t seed, std::uint64_t n);
/// 16 hexadecimal digits, as the server prints hashes.
std::string hex(std::uint64_t value);

} // namespace sluice::origin
