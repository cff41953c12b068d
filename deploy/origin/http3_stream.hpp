// One request stream of an HTTP/3 connection: its request, its answer, and where the two stand.
// State only; http3_session moves it.
#pragma once

#include "answer.hpp"
#include "held_body.hpp"
#include "kept_bytes.hpp"
#include "shared_state.hpp"

#include <sluice/protocols/http1/request_parser.hpp>

#include <asio/steady_timer.hpp>

#include <deque>
#include <optional>

namespace sluice::origin {

struct http3_stream {
  http3_stream(std::int64_t x, shared_state& s) : id(x), shared(s) { add(shared.figures.streams_open); }
  ~http3_stream() {
    subtract(shared.figures.streams_open);
    if (record)
      record->closed = true;
  }
  http3_stream(const http3_stream&) = delete;
  http3_stream& operator=(const http3_stream&) = delete;

  /// Nothing is to be asked of the answer now.
  bool blocked() const { return paused || starved || stalled || head_queued || !raw.empty() || act || done; }
  /// The client has acknowledged all that was to be sent so far.
  bool delivered() const {
    return closed || unwritable
           || (!head_queued && offered == 0 && raw.empty() && !hand_pending() && acknowledged == written);
  }
  bool hand_pending() const { return by_hand && (hand_at < kept.end() || (ends && !end_written)); }

  const std::int64_t id;
  shared_state& shared;
  std::shared_ptr<stream_record> record; // null: nobody will ask

  http1::request_begun request;
  std::uint64_t request_body_bytes = 0;
  bool request_over = false, request_end_told = false;
  held_body held;

  answer_ptr answer;
  std::optional<asio::steady_timer> timer;
  std::size_t chunk = SIZE_MAX; // of content in a DATA frame
  bool paused = false, starved = false, stalled = false;
  bool head_queued = false;                 // not written yet
  bool sends_data = false;                  // content is pulled as there is room for it
  bool deferred = false;                    // the library waits for resume_stream
  bool complete = false;                    // the answer said so
  bool done = false;                        // the answer has ended
  bool closed = false;                      // both directions are over
  bool unwritable = false;                  // the client wants nothing more
  bool reset_here = false;                  // by us, so the code at the end is ours
  bool reset_there = false;                 // by the client
  std::optional<std::uint64_t> resets_with; // once all is delivered
  std::function<void(http3_actions&)> act;  // once all is delivered

  kept_bytes kept;                             // content, and what is written by hand
  std::uint64_t written = 0, acknowledged = 0; // bytes of the stream, framing included
  std::uint64_t by_library = 0;                // of these, the library's, which come first
  std::size_t offered = 0;                     // the library's that did not fit yet

  // Past the library, once an answer gave raw bytes: all else of the stream is framed here.
  bool by_hand = false, raw_paused = false, shut = false;
  bool queued_by_hand = false; // in http3_session::by_hand_
  bool ends = false, end_written = false;
  std::deque<source_ptr> raw;
  std::uint64_t hand_at = 0; // position in `kept` of what is not written yet
};

} // namespace sluice::origin
