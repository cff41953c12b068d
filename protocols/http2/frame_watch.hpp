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
  /// Looks at the bytes before the session does. A failure: the connection is to be ended.
  failure receive(std::span<const std::byte> input, http::time_point now);
  /// We sent a DATA frame: the peer has reason to open its windows.
  void sent_data() { updates_.add(4); }

private:
  failure frame(http::time_point now);
  failure data_frame(std::size_t padding, http::time_point now);

  limits limits_;
  flow::allowance control_, tiny_, updates_;
  std::array<std::uint8_t, 10> header_{}; // and the pad length of a padded DATA frame
  std::size_t have_ = 0, want_ = 9;
  std::uint64_t skip_ = 0; // of the payload, still to come
  std::size_t continuations_ = 0;
  bool first_ = true;
};

} // namespace sluice::http2
