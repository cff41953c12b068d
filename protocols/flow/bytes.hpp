// Two byte counts as separate types: bytes on the wire, which flow control counts, and decoded bytes, which a reader
// consumes. They do not convert into each other: only the user of the content decoder knows how many wire bytes a
// decoded chunk took.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace sluice {

/// A count of bytes. `Currency` is a tag type; arithmetic and comparison need the same tag on both sides.
template <class Currency>
struct byte_count {
  std::uint64_t value = 0;

  constexpr byte_count() = default;
  constexpr explicit byte_count(std::uint64_t n) : value(n) {}

  constexpr auto operator<=>(const byte_count&) const = default;
  constexpr byte_count& operator+=(byte_count other) {
    value += other.value;
    return *this;
  }
  constexpr byte_count& operator-=(byte_count other) {
    value -= other.value;
    return *this;
  }
  friend constexpr byte_count operator+(byte_count left, byte_count right) { return left += right; }
  friend constexpr byte_count operator-(byte_count left, byte_count right) { return left -= right; }
};

/// Body bytes before content decoding, as HTTP flow control counts them.
using wire_bytes = byte_count<struct wire_currency>;

/// Body bytes after content decoding, as a reader consumes them.
using decoded_bytes = byte_count<struct decoded_currency>;

template <class Currency>
std::string to_string(byte_count<Currency> count) {
  return std::to_string(count.value);
}

} // namespace sluice
