// The implementation of the HTTP/3 engine: one nghttp3 connection and the state of each stream.
// For the files of this folder and their tests; the only header here that includes nghttp3. Of QUIC it knows only
// quic::streams and quic::application.
#pragma once

#include <sluice/protocols/flow/allowance.hpp>
#include <sluice/protocols/guard.hpp>
#include <sluice/protocols/http/arriving_response.hpp>
#include <sluice/protocols/http3/engine.hpp>
#include <sluice/protocols/quic/application.hpp>

#include <nghttp3/nghttp3.h>

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::http3 {

/// The name of an error code of RFC 9114 section 8.1 or RFC 9204 section 6.
std::string code_name(std::uint64_t code);

/// `table`: the peer has a dynamic table, which secrets are kept out of (RFC 9204 section 7.1.3). Without one nothing
/// is indexed anyway, and decoders of some peers (quic-go of 2022, as in Caddy 2.6) refuse the bit that says so.
inline std::vector<nghttp3_nv> as_nv(const std::vector<http::field>& lines, bool table) {
  return http::library_lines<nghttp3_nv>(lines,
                                         table ? NGHTTP3_NV_FLAG_NEVER_INDEX : std::uint8_t{NGHTTP3_NV_FLAG_NONE});
}

class engine::session final : public quic::application {
public:
  session(http::engine_events& sink, const limits& bounds, wire_bytes first_window);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  /// Sets the QUIC connection. Call it before anything else.
  void put_on(quic::streams& below) { quic_ = &below; }

  struct stream : http::arriving_response {
    std::int64_t id = -1;           // QUIC stream identifier; -1: not open yet
    std::uint64_t framing = 0;      // bytes that are not body, without field sections, which have their own limits
    std::uint64_t allowed = 0;      // body bytes that the origin may still send
    std::uint64_t arrived = 0;      // bytes of the QUIC stream received
    std::uint64_t settled = 0;      // of these, delivered as body or credited as framing; nghttp3 holds the rest
    std::uint64_t announced = 0;    // flow-control limit sent to the origin: bytes of the QUIC stream
    bool safe = false;              // may be sent as early data: safe method, no body
    bool early = false;             // was sent as early data
    bool small_window = false;      // its window is smaller than first_window_
    bool credit_due = false;        // small_window, and the last grant was too small to be sent
    std::vector<http::field> lines; // of the request, until it cannot be rejected as early data any more
    // the request body: stopped: by stop_upload(); last_given: all of it is in `pieces`; deferred: nghttp3 waits for
    // more; asked: nghttp3 has asked for it once
    bool uploading = false, stopped = false, last_given = false, deferred = false, asked = false;
    std::deque<std::string> pieces;                        // not acknowledged yet
    std::size_t handed = 0;                                // how many of them nghttp3 has
    std::size_t kept_bytes = 0, acknowledged_of_first = 0; // bytes of `pieces`; acknowledged bytes of the first piece
    std::vector<http::field> upload_trailers;
  };

  // ---- calls from the engine
  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body, wire_bytes window);
  void upload(stream& s, std::span<const std::byte> data, bool last, const http::fields& trailers);
  bool wants_upload(const stream& s) const;
  void stop_upload(stream& s);
  void grant(stream& s, std::uint64_t n);
  void cancel(stream& s);
  /// Emits the events of calls that must not emit events.
  void settle();
  /// Ends the connection and every open stream, with the stream's own problem if it has one, else with `why`.
  void end(const failure& why) noexcept;
  failure reason_of_end(const stream& s, const failure& why) const;
  /// Checks the return code of an nghttp3 call. False: the nghttp3 connection must not be used any more; the QUIC
  /// connection was closed.
  bool usable_after(long code) noexcept;
  /// If the guard caught an exception, closes the QUIC connection with it; engine::settle() then ends the streams.
  void close_if_caught() noexcept;
  guard& caught() noexcept { return guard_; }
  bool broken() const noexcept { return static_cast<bool>(guard_); }
  void begin(http::time_point at) { now_ = std::max(now_, at); }
  stream* find(std::uint32_t index) const;
  std::size_t capacity() const;

  /// Early data may be sent: sends the waiting safe requests.
  void on_early();

  // ---- quic::application
  void on_ready() override;
  void on_early_rejected() override;
  void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) override;
  void on_stream_reset(std::int64_t id, std::uint64_t code) override;
  void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) override;
  void on_acknowledged(std::int64_t id, std::uint64_t n) override;
  void on_send_room(std::int64_t id) override;
  void on_streams_allowed() override;
  quic::outgoing next_outgoing() override;
  void on_written(std::int64_t id, std::size_t n) override;
  void on_blocked(std::int64_t id) override;
  void on_unwritable(std::int64_t id) override;
  std::string error_name(std::uint64_t code) const override { return code_name(code); }
  bool is_no_error(std::uint64_t code) const override { return code == NGHTTP3_H3_NO_ERROR; }
  errc closing_errc(std::uint64_t code) const override {
    return code == NGHTTP3_H3_VERSION_FALLBACK ? errc::http1_required : errc::stream_reset;
  }

  // ---- callbacks of nghttp3 (callbacks.cpp)
  void on_begin_section(std::int64_t id);
  void on_field(std::int64_t id, std::string_view name, std::string_view value);
  void on_section(std::int64_t id);
  void on_data(std::int64_t id, std::span<const std::byte> data);
  void on_end_stream(std::int64_t id);
  void on_refused(std::int64_t id, std::uint64_t code);
  void on_goaway(std::int64_t id);
  void on_settings(const nghttp3_settings& peer) {
    accepted_head_bytes_ = peer.max_field_section_size;
    peer_has_table_ = peer.qpack_max_dtable_capacity > 0;
  }
  nghttp3_ssize read_upload(std::int64_t id, nghttp3_vec* to, std::size_t room, std::uint32_t& flags);
  void on_upload_acknowledged(std::int64_t id, std::uint64_t n);

  void fail(stream& s, failure why, std::uint64_t code, bool unprocessed = false);
  void protocol_error(int code, const std::string& where);
  void start(stream& s);
  void start_waiting();
  void make_library_connection();
  bool open_own_streams();
  void credit_framing(stream& s, std::uint64_t n);
  void widen(stream& s);
  /// The origin has used its credit, except for a remainder that may be too small for it to send a frame.
  bool used_up(const stream& s) const {
    constexpr std::uint64_t remainder = 256; // bytes
    return s.arrived + std::min(remainder, first_window_ / 8) >= s.announced;
  }
  void abandon(stream& s, std::uint64_t code);
  std::unique_ptr<stream> take(std::uint32_t index);
  stream* at(std::int64_t id) const;
  void trace(std::uint32_t index, std::string line);

  http::engine_events* sink_;
  limits limits_;
  std::uint64_t first_window_;
  guard guard_;
  quic::streams* quic_ = nullptr;
  nghttp3_conn* nghttp3_ = nullptr;
  flow::allowance control_;
  std::unordered_map<std::uint32_t, std::unique_ptr<stream>> streams_; // by index
  std::unordered_map<std::int64_t, stream*> by_id_;
  std::deque<std::uint32_t> waiting_;             // requests without a QUIC stream
  std::vector<std::uint32_t> cancelled_unopened_; // cancelled before they had one; settle() closes them
  std::vector<std::uint32_t> unsent_;             // that nghttp3 did not accept; settle() fails them
  bool peer_has_table_ = false;                   // for field sections; before its SETTINGS it has none
  std::uint64_t accepted_head_bytes_ = UINT64_MAX;
  std::string goaway_; // error text for the GOAWAY of the peer
  // ready_: the handshake is complete; early_: early data may be sent; draining_: GOAWAY was received; over_: the
  // connection has ended
  bool ready_ = false, early_ = false, draining_ = false, over_ = false, tracing_ = false;
  bool source_empty_ = false; // read_upload() had nothing to give, since it was last cleared
  http::time_point now_{};
};

const nghttp3_callbacks& connection_callbacks();

} // namespace sluice::http3
