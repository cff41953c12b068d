// Walks over the TLS messages that come after a handshake (RFC 8446 section 4): QUIC allows few of them.
// Plain values; copies nothing and understands no message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::quic {

/// The bytes of the messages in order, however they are cut.
class handshake_watch {
public:
  static constexpr std::uint8_t new_session_ticket = 4, key_update = 24;

  /// The type of the first message in `data` that is not `allowed`.
  std::optional<std::uint8_t> receive(std::span<const std::byte> data, std::optional<std::uint8_t> allowed) {
    while (!data.empty()) {
      if (left_ > 0) {
        const auto n = left_ < data.size() ? left_ : data.size();
        left_ -= n;
        data = data.subspan(n);
        continue;
      }
      const auto x = std::to_integer<std::uint8_t>(data.front());
      data = data.subspan(1);
      if (have_ == 0 && x != allowed)
        return x;
      length_ = have_ == 0 ? 0 : length_ << 8 | x;
      if (++have_ == 4) {
        left_ = length_;
        have_ = 0;
      }
    }
    return {};
  }

private:
  std::size_t have_ = 0, length_ = 0, left_ = 0; // of the header; of the message
};

} // namespace sluice::quic
