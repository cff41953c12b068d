// One request stream of an HTTP/3 connection. State only; http3_session moves it.
#pragma once

#include "kept_bytes.hpp"
#include "multiplexed_stream.hpp"

#include <deque>
#include <optional>

namespace sluice::origin {

struct http3_stream : multiplexed_stream {
  http3_stream(std::int64_t stream_id, shared_state& s) : multiplexed_stream(s, http::version::http3), id(stream_id) {}

  /// Nothing is to be asked of the answer now.
  bool blocked() const { return paused || starved || stalled || head_queued || !raw.empty() || act || done; }
  /// The client has acknowledged all that was to be sent so far.
  bool delivered() const {
    return closed || unwritable
           || (!head_queued && offered == 0 && raw.empty() && !hand_pending() && acknowledged == written);
  }
  bool hand_pending() const { return by_hand && (hand_at < kept.end() || (ends && !end_written)); }

  const std::int64_t id;
  std::uint64_t arrived = 0, credited = 0;  // bytes of the request; the rest is credited when the stream is forgotten
  bool unwritable = false;                  // the client wants nothing more
  bool reset_here = false;                  // by us, so the code at the end is ours
  bool reset_there = false;                 // by the client
  std::optional<std::uint64_t> resets_with; // once all is delivered
  std::function<void(connection_actions&)> act; // once all is delivered

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
