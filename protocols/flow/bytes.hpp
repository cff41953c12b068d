// Two types of byte counts: bytes as flow control counts them, and bytes as a reader consumes them. They cannot be
// mixed: only the stream, which decodes, knows how many wire bytes a decoded piece cost. Knows nothing else.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace sluice {

/// A count of bytes of one kind. Plain value; arithmetic only within the kind.
template <class Currency>
struct byte_count {
  std::uint64_t value = 0;

  constexpr byte_count() = default;
  constexpr explicit byte_count(std::uint64_t n) : value(n) {}

  constexpr auto operator<=>(const byte_count&) const = default;
  constexpr byte_count& operator+=(byte_count x) {
    value += x.value;
    return *this;
  }
  constexpr byte_count& operator-=(byte_count x) {
    value -= x.value;
    return *this;
  }
  friend constexpr byte_count operator+(byte_count x, byte_count y) { return x += y; }
  friend constexpr byte_count operator-(byte_count x, byte_count y) { return x -= y; }
};

/// What HTTP flow control counts: body bytes as they crossed the wire, before any content decoding.
using wire_bytes = byte_count<struct wire_currency>;

/// What a reader consumes: body bytes after content decoding.
using decoded_bytes = byte_count<struct decoded_currency>;

template <class Currency>
std::string to_string(byte_count<Currency> x) {
  return std::to_string(x.value);
}

} // namespace sluice
