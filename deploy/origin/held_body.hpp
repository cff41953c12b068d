// Request body that an answer has no room for yet.
// Bounded by the stream's window, which grows only as this is taken.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sluice::origin {

class held_body {
public:
  bool empty() const { return at_ == bytes_.size(); }
  std::span<const std::byte> rest() const { return std::span(bytes_).subspan(at_); }
  void add(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void drop(std::size_t n) {
    at_ += n;
    if (empty() || at_ > compact_at) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
    }
  }

private:
  static constexpr std::size_t compact_at = 64u << 10;
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
};

} // namespace sluice::origin
