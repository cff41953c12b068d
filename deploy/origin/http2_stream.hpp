// One HTTP/2 stream of the origin. State only; http2_session moves it.
#pragma once

#include "multiplexed_stream.hpp"

namespace sluice::origin {

struct http2_stream : multiplexed_stream {
  http2_stream(std::int32_t stream_id, shared_state& s) : multiplexed_stream(s, http::version::http2), id(stream_id) {}

  /// Nothing is to be asked of the answer now.
  bool blocked() const {
    return paused || starved || stalled || head_queued || raw_queued || done || (complete && !end_sent);
  }

  const std::int32_t id;
  std::uint8_t padding = 0;
  bool raw_queued = false; // not sent yet
  bool end_sent = false;   // END_STREAM is on its way
};

} // namespace sluice::origin
