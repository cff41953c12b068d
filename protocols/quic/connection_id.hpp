// QUIC connection IDs (RFC 9000 section 5.1): they assign a datagram to a connection, independent of its addresses.
// Plain values; knows no connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::quic {

/// Size of the connection IDs that sluice chooses for its own ends. Short headers do not tell it.
inline constexpr std::size_t connection_id_bytes = 18;

struct connection_id {
  std::array<std::uint8_t, 20> octets{}; ///< zero from `size` on
  std::uint8_t size = 0;
  friend bool operator==(const connection_id&, const connection_id&) = default;

  struct hash {
    std::size_t operator()(const connection_id& id) const noexcept {
      std::size_t n = 0xcbf29ce484222325u; // FNV-1a
      for (auto octet : id.octets)
        n = (n ^ octet) * 0x100000001b3u;
      return n;
    }
  };
};

/// The destination connection ID of a datagram that a server received; session::take_id_changes() lists the IDs of a
/// connection. Nothing: no valid QUIC packet.
std::optional<connection_id> destination_of(std::span<const std::byte> datagram);

} // namespace sluice::quic
