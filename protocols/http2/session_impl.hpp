// The state behind the HTTP/2 engine: one nghttp2 session and what each of its streams is at.
// For the files of this folder only; the one header here that knows nghttp2.
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
/// An RFC 9113 section 7 code by its name there.
const char* error_name(std::uint32_t code) noexcept;

class engine::session {
public:
  session(http::engine_events& sink, const limits& x, wire_bytes first_window);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  struct stream : http::arriving_response {
    std::int32_t id = 0;
    bool sent = false; // the request's head is on its way
    bool reset_by_peer = false;
    std::uint64_t allowed = 0; // body bytes that the origin may still send
    // the request's body
    bool uploading = false, stopped = false, last_given = false, deferred = false;
    std::string pending;
    std::size_t pending_at = 0;
    std::vector<http::field> upload_trailers;
  };

  // ---- what the engine does
  void begin();
  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body, wire_bytes window);
  void lower_initial_window(std::uint64_t to);
  void receive(std::span<const std::byte> input, http::time_point at);
  void take_input(std::span<const std::byte> input, http::time_point at);
  std::span<const std::byte> output(http::time_point at);
  void fill_output();
  void cancel(stream& s, std::uint32_t code);
  void open_window(stream& s);
  void ping(http::time_point at);
  bool finished() const;
  bool takes_requests() const {
    return !over_ && !draining_ && !broken() && nghttp2_session_check_request_allowed(nghttp2_);
  }
  stream* find(std::uint32_t index) const;

  // ---- how exchanges end (ending.cpp)
  /// Nothing more will come: every exchange under way ends, with the connection's problem if it has one.
  void end(const failure& why) noexcept;
  void tell_failure(const stream& s, failure why, bool unprocessed) noexcept;
  failure reason(stream& s, std::uint32_t code) const;
  failure reason_of_end(const stream& s, const failure& why) const;
  /// Looks at the code that a call of nghttp2 gave. False: the session is unusable from here on.
  bool usable_after(long code) noexcept;
  /// At the engine's edge, where events may be told and nghttp2 is not at work: if something was caught, every exchange
  /// under way ends with that, and nghttp2's session goes.
  void settle() noexcept;
  guard& caught() noexcept { return guard_; }
  bool broken() const noexcept { return static_cast<bool>(guard_); }

  // ---- what nghttp2 tells (callbacks.cpp)
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
  nghttp2_session* nghttp2_ = nullptr;                                 // null once something was caught
  std::unordered_map<std::uint32_t, std::unique_ptr<stream>> streams_; // by index
  std::vector<std::int32_t> padded_;                                   // streams whose windows padding has narrowed
  std::uint64_t initial_window_;
  std::string sending_;
  std::size_t to_credit_ = 0; // DATA received and not yet credited to the connection
  std::string last_words_;    // the session's own, about the last error
  failure problem_;           // of the connection
  std::string goaway_;        // what the peer said when it went away
  bool goaway_for_error_ = false;
  bool http1_required_ = false; // said the peer as it went away: what it leaves unanswered belongs to HTTP/1.1
  bool settled_ = false, draining_ = false, over_ = false, tracing_ = false; // settled: the peer's SETTINGS are known

  http::time_point now_{}, heard_{}, ping_sent_{}, next_measure_{}; // ping_sent_: queued, as long as it is not sent
  bool ping_under_way_ = false, ping_queued_ = false;
  std::chrono::nanoseconds round_trip_{0};
};

/// The callbacks through which nghttp2 tells a session. Shared by all; never freed. Throws std::bad_alloc.
const nghttp2_session_callbacks* session_callbacks();

} // namespace sluice::http2
