// One request stream of an HTTP/2 or HTTP/3 connection: its request, its answer, and where the two stand.
// State only; the session moves it.
#pragma once

#include "answer.hpp"
#include "held_body.hpp"
#include "shared_state.hpp"

#include <sluice/protocols/http1/request_parser.hpp>

#include <asio/steady_timer.hpp>

#include <cstddef>
#include <optional>

namespace sluice::origin {

/// What http2_stream and http3_stream derive from; each adds an `id` and blocked().
struct multiplexed_stream {
  multiplexed_stream(shared_state& s, http::version version) : shared(s) {
    request.version = version;
    add(shared.figures.streams_open);
  }
  ~multiplexed_stream() {
    subtract(shared.figures.streams_open);
    if (record)
      record->closed = true;
  }
  multiplexed_stream(const multiplexed_stream&) = delete;
  multiplexed_stream& operator=(const multiplexed_stream&) = delete;

  shared_state& shared;
  std::shared_ptr<stream_record> record; // null: nobody will ask

  http1::request_begun request;
  std::optional<logged_request> logged;
  std::uint64_t request_body_bytes = 0;
  bool request_over = false, request_end_told = false;
  held_body held;

  answer_ptr answer;
  std::optional<asio::steady_timer> timer;
  std::size_t chunk = SIZE_MAX; // of content in a DATA frame
  bool paused = false, starved = false, stalled = false;
  bool head_queued = false; // not sent yet
  bool sends_data = false;  // content is pulled as there is room for it
  bool deferred = false;    // the library waits until it is told to pull again
  bool complete = false;    // the answer said so
  bool done = false;        // the answer has ended
  bool closed = false;      // both directions are over
};

} // namespace sluice::origin
