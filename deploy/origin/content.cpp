#include "content.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

namespace sluice::origin {

static_assert(std::endian::native == std::endian::little, "content and hashes are defined on little-endian words");

namespace {

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;

// Wide enough that nearby seeds share no run of words: the seed is mixed before the counter is added.
constexpr std::uint64_t start_of(std::uint64_t seed) {
  seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9U;
  seed = (seed ^ seed >> 27) * 0x94d049bb133111ebU;
  return seed ^ seed >> 31;
}

// One multiplication a word: fill() must not be what limits a firehose.
constexpr std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
  return value ^ value >> 29;
}

// One after the other from `counter` on: most of what a firehose costs.
inline __attribute__((always_inline)) void words_as_compiled(std::uint64_t counter, std::byte* to, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto word = mixed(counter + i * golden);
    std::memcpy(to + 8 * i, &word, 8);
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx512f,avx512dq,avx512vl"))) void words_wide(std::uint64_t counter, std::byte* to,
                                                                     std::size_t n) {
  words_as_compiled(counter, to, n);
}

void words(std::uint64_t counter, std::byte* to, std::size_t n) {
  static const bool wide =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? words_wide(counter, to, n) : words_as_compiled(counter, to, n);
}
#else
void words(std::uint64_t counter, std::byte* to, std::size_t n) { words_as_compiled(counter, to, n); }
#endif

std::uint64_t word_at(const std::byte* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

} // namespace

void fill(std::uint64_t seed, std::uint64_t offset, std::span<std::byte> out) {
  auto counter = start_of(seed) + offset / 8 * golden;
  auto* to = out.data();
  auto left = out.size();
  if (const auto skip = static_cast<std::size_t>(offset % 8); skip != 0 && left != 0) {
    const auto word = mixed(counter);
    const auto n = std::min(left, 8 - skip);
    std::memcpy(to, reinterpret_cast<const std::byte*>(&word) + skip, n);
    to += n;
    left -= n;
    counter += golden;
  }
  words(counter, to, left / 8);
  if (const auto rest = left % 8; rest != 0) {
    const auto word = mixed(counter + left / 8 * golden);
    std::memcpy(to + (left - rest), &word, rest);
  }
}

bool checker::update(std::span<const std::byte> received) {
  std::array<std::byte, 4096> expected;
  while (good_ && !received.empty()) {
    const auto n = std::min(received.size(), expected.size());
    fill(seed_, offset_, std::span(expected).first(n));
    if (std::memcmp(received.data(), expected.data(), n) == 0) {
      offset_ += n;
      received = received.subspan(n);
      continue;
    }
    const auto wrong =
        std::mismatch(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(n), expected.begin());
    offset_ += static_cast<std::uint64_t>(wrong.first - received.begin());
    good_ = false;
  }
  return good_;
}

void hasher::add_block(const std::byte* at) {
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    lanes_[i] = std::rotl(lanes_[i] ^ word_at(at + 8 * i), 29) * golden;
}

void hasher::update(std::span<const std::byte> bytes) {
  auto held = static_cast<std::size_t>(bytes_ % block_bytes);
  bytes_ += bytes.size();
  if (held != 0) {
    const auto n = std::min(bytes.size(), block_bytes - held);
    if (n != 0) // an empty span may have no address
      std::memcpy(partial_.data() + held, bytes.data(), n);
    bytes = bytes.subspan(n);
    if (held + n < block_bytes)
      return;
    add_block(partial_.data());
  }
  for (; bytes.size() >= block_bytes; bytes = bytes.subspan(block_bytes))
    add_block(bytes.data());
  if (!bytes.empty())
    std::memcpy(partial_.data(), bytes.data(), bytes.size());
}

std::uint64_t hasher::value() const {
  auto result = bytes_ * golden;
  for (auto lane : lanes_)
    result = mixed(std::rotl(result, 17) ^ lane);
  for (std::size_t i = 0; i < bytes_ % block_bytes; ++i)
    result = mixed(result + std::to_integer<std::uint64_t>(partial_[i]) + golden);
  return result;
}

std::uint64_t hash(std::span<const std::byte> bytes) {
  hasher h;
  h.update(bytes);
  return h.value();
}

std::uint64_t hash_of(std::uint64_t seed, std::uint64_t n) {
  constexpr std::size_t step = 64u << 10;
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(step);
  hasher h;
  while (h.bytes() < n) {
    const std::span piece(buffer.get(), static_cast<std::size_t>(std::min<std::uint64_t>(step, n - h.bytes())));
    fill(seed, h.bytes(), piece);
    h.update(piece);
  }
  return h.value();
}

std::string hex(std::uint64_t value) {
  std::string result(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4)
    result[i] = "0123456789abcdef"[value & 15];
  return result;
}

} // namespace sluice::origin
