// The two currencies of credit: bytes as flow control counts them and bytes as a reader consumes them.
// They never mix: only the stream, which saw both sides of a decode, says what a decoded piece cost.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace sluice {

/// A count of bytes in one currency. Plain value; arithmetic only within the currency.
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
