// One HTTP/2 stream of the origin: its request, its answer, and where the two stand.
// State only; http2_session moves it.
#pragma once

#include "answer.hpp"
#include "held_body.hpp"
#include "shared_state.hpp"

#include <sluice/protocols/http1/request_parser.hpp>

#include <asio/steady_timer.hpp>

#include <cstddef>
#include <optional>

namespace sluice::origin {

struct http2_stream {
  http2_stream(std::int32_t x, shared_state& s) : id(x), shared(s) { add(shared.figures.streams_open); }
  ~http2_stream() {
    subtract(shared.figures.streams_open);
    if (record)
      record->closed = true;
  }
  http2_stream(const http2_stream&) = delete;
  http2_stream& operator=(const http2_stream&) = delete;

  /// Nothing is to be asked of the answer now.
  bool blocked() const {
    return paused || starved || stalled || head_queued || raw_queued || done || (complete && !end_sent);
  }

  const std::int32_t id;
  shared_state& shared;
  std::shared_ptr<stream_record> record; // null: nobody will ask

  http1::request_begun request;
  std::uint64_t request_body_bytes = 0;
  bool request_here = false; // the head was complete
  bool request_over = false, request_end_told = false;
  held_body held;

  answer_ptr answer;
  std::optional<asio::steady_timer> timer;
  std::size_t chunk = SIZE_MAX; // of content in a DATA frame
  std::uint8_t padding = 0;
  bool paused = false, starved = false, stalled = false;
  bool head_queued = false, raw_queued = false; // not sent yet
  bool final_head = false;                      // submitted
  bool sends_data = false;                      // content is pulled by the library, which may have deferred it
  bool deferred = false;
  bool complete = false, end_sent = false; // the answer said so; END_STREAM is on its way
  bool done = false;                       // the answer has ended
  bool closed = false;                     // the library has forgotten the stream
};

} // namespace sluice::origin
