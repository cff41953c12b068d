// By what a datagram names the connection it belongs to (RFC 9000 section 5.1), whatever its addresses.
// Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::quic {

struct connection_id {
  std::array<std::uint8_t, 20> octets{}; ///< the rest is zero
  std::uint8_t size = 0;
  friend bool operator==(const connection_id&, const connection_id&) = default;

  struct hash {
    std::size_t operator()(const connection_id& x) const noexcept {
      std::size_t n = 0xcbf29ce484222325u; // FNV-1a
      for (auto octet : x.octets)
        n = (n ^ octet) * 0x100000001b3u;
      return n;
    }
  };
};

/// A server's connection is found by this, once session::take_id_changes() told of it. Nothing: not a datagram of ours.
std::optional<connection_id> destination_of(std::span<const std::byte> datagram);

} // namespace sluice::quic
