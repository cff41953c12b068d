// The implementation of the HTTP/2 engine: one nghttp2 session and the state of each stream.
// For the files of this folder only; the only header here that includes nghttp2.
#pragma once

#include <sluice/protocols/guard.hpp>
#include <sluice/protocols/http/arriving_response.hpp>
#include <sluice/protocols/http2/engine.hpp>
#include <sluice/protocols/http2/frame_watch.hpp>

#include <nghttp2/nghttp2.h>

#include <string>
#include <unordered_map>

namespace sluice::http2 {

const char* frame_name(std::uint8_t type) noexcept;
/// The name of an error code of RFC 9113 section 7.
const char* error_name(std::uint32_t code) noexcept;

class engine::session {
public:
  session(http::engine_events& sink, const limits& bounds, wire_bytes first_window);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  struct stream : http::arriving_response {
    std::int32_t id = 0; // HTTP/2 stream identifier
    bool sent = false;   // the HEADERS frame of the request was written
    bool reset_by_peer = false;
    std::uint64_t allowed = 0; // body bytes that the origin may still send
    // the request body: stopped: by stop_upload(); last_given: all of it is in `pending`; deferred: nghttp2 waits for
    // more
    bool uploading = false, stopped = false, last_given = false, deferred = false;
    std::string pending;
    std::size_t pending_offset = 0; // bytes of `pending` that nghttp2 has taken
    std::vector<http::field> upload_trailers;
  };

  // ---- calls from the engine
  void begin();
  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body, wire_bytes window);
  void lower_initial_window(std::uint64_t to);
  void receive(std::span<const std::byte> input, http::time_point now);
  void take_input(std::span<const std::byte> input, http::time_point now);
  std::span<const std::byte> output(http::time_point now);
  void fill_output();
  void cancel(stream& s, std::uint32_t code);
  void open_window(stream& s);
  void ping(http::time_point now);
  bool finished() const;
  bool takes_requests() const {
    return !over_ && !draining_ && !broken() && nghttp2_session_check_request_allowed(nghttp2_);
  }
  stream* find(std::uint32_t index) const;

  // ---- the end of streams and of the connection (ending.cpp)
  /// Ends the connection and every open stream, with the stream's own problem if it has one, else with `why`.
  void end(const failure& why) noexcept;
  void tell_failure(const stream& s, failure why, bool unprocessed) noexcept;
  failure reason(stream& s, std::uint32_t code) const;
  failure reason_of_end(const stream& s, const failure& why) const;
  /// Checks the return code of an nghttp2 call. False: the nghttp2 session must not be used any more.
  bool usable_after(long code) noexcept;
  /// If the guard caught an exception, ends every open stream with it and deletes the nghttp2 session. Call only where
  /// events may be emitted, outside of nghttp2 calls.
  void settle() noexcept;
  guard& caught() noexcept { return guard_; }
  bool broken() const noexcept { return static_cast<bool>(guard_); }

  // ---- callbacks of nghttp2 (callbacks.cpp)
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void on_frame(const nghttp2_frame& frame);
  void on_data(std::int32_t id, std::span<const std::byte> data);
  void on_sent(const nghttp2_frame& frame);
  void on_invalid(const nghttp2_frame& frame, int code);
  int on_invalid_header(const nghttp2_frame& frame, std::string_view name);
  void on_close(std::int32_t id, std::uint32_t code);
  void on_goaway(const nghttp2_goaway& frame);
  void refuse_unsent();
  void on_section(stream& s, bool end_stream);
  void on_remote_end(stream& s);
  long read_upload(std::int32_t id, std::uint8_t* out, std::size_t room, std::uint32_t& flags);
  stream* at(std::int32_t id) const { return static_cast<stream*>(nghttp2_session_get_stream_user_data(nghttp2_, id)); }
  void trace_frame(const char* which, const nghttp2_frame& frame);

  http::engine_events& sink_;
  limits limits_;
  frame_watch watch_;
  guard guard_;
  nghttp2_session* nghttp2_ = nullptr;                                 // null after settle() handled an exception
  std::unordered_map<std::uint32_t, std::unique_ptr<stream>> streams_; // by index
  std::vector<std::int32_t> padded_;                                   // streams whose windows padding has reduced
  std::uint64_t initial_window_;
  std::string sending_;
  std::size_t to_credit_ = 0; // bytes of DATA received and not yet credited to the connection
  std::string last_words_;    // error text of nghttp2 for the last error
  failure problem_;           // of the connection
  std::string goaway_;        // error text for the GOAWAY of the peer
  bool goaway_for_error_ = false;
  bool http1_required_ = false; // the GOAWAY had the code HTTP_1_1_REQUIRED
  // settled_: SETTINGS of the peer were received; draining_: GOAWAY was received; over_: the connection has ended
  bool settled_ = false, draining_ = false, over_ = false, tracing_ = false;

  // last_received_: time_point{} until the first request on an idle connection is written; ping_sent_: time at which
  // the PING was queued, then written; next_measure_: time of the next PING for the round trip
  http::time_point now_{}, last_received_{}, ping_sent_{}, next_measure_{};
  bool ping_under_way_ = false, ping_queued_ = false;
  std::chrono::nanoseconds round_trip_{0};
};

/// The callbacks for nghttp2. Shared by all sessions; never freed. Throws std::bad_alloc.
const nghttp2_session_callbacks* session_callbacks();

} // namespace sluice::http2
