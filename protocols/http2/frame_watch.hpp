// Reads the frame headers of what a peer sends (RFC 9113 section 4.1) and limits how many frames without content may
// come. Sans-I/O: copies nothing and reads no payload except the pad length; the session does that.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/allowance.hpp>
#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http2/limits.hpp>

#include <array>

namespace sluice::http2 {

class frame_watch {
public:
  explicit frame_watch(const limits& bounds);
  /// Call it before nghttp2 gets the bytes. A failure: end the connection.
  failure receive(std::span<const std::byte> input, http::time_point now);
  /// This client sent a DATA frame, which the peer may answer with WINDOW_UPDATE frames.
  void sent_data() { updates_.add(4); }

private:
  failure frame(http::time_point now);
  failure data_frame(std::size_t padding, http::time_point now);

  limits limits_;
  flow::allowance control_, tiny_, updates_;
  std::array<std::uint8_t, 10> header_{};            // frame header, and the pad length of a padded DATA frame
  std::size_t header_bytes_ = 0, header_needed_ = 9; // bytes of `header_` received; bytes of it to receive
  std::uint64_t payload_left_ = 0;                   // payload bytes to skip
  std::size_t continuations_ = 0;                    // CONTINUATION frames of the current field section
  bool first_ = true;                                // no frame header was parsed yet
};

} // namespace sluice::http2
