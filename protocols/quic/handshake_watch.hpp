// Checks the types of the TLS messages after a handshake (RFC 8446 section 4), of which QUIC allows few.
// Copies nothing and reads only the message headers; knows no connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::quic {

/// Input: the bytes of the messages in order, split anywhere.
class handshake_watch {
public:
  static constexpr std::uint8_t new_session_ticket = 4, key_update = 24;

  /// Returns the type of the first message in `data` that is not of type `allowed`.
  std::optional<std::uint8_t> receive(std::span<const std::byte> data, std::optional<std::uint8_t> allowed) {
    while (!data.empty()) {
      if (body_left_ > 0) {
        const auto n = body_left_ < data.size() ? body_left_ : data.size();
        body_left_ -= n;
        data = data.subspan(n);
        continue;
      }
      const auto octet = std::to_integer<std::uint8_t>(data.front());
      data = data.subspan(1);
      if (header_bytes_ == 0 && octet != allowed)
        return octet;
      length_ = header_bytes_ == 0 ? 0 : length_ << 8 | octet;
      if (++header_bytes_ == 4) {
        body_left_ = length_;
        header_bytes_ = 0;
      }
    }
    return {};
  }

private:
  std::size_t header_bytes_ = 0;           // received of the four header bytes: type, length (3)
  std::size_t length_ = 0, body_left_ = 0; // bytes of the current message
};

} // namespace sluice::quic
