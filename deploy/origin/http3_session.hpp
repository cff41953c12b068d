// One client's HTTP/3 on a QUIC connection (RFC 9114), by libnghttp3's server: many requests at once, each with its
// answer. Knows no socket and no route; what the library would refuse to send goes past it.
#pragma once

#include "http3_stream.hpp"
#include "multiplexed_session.hpp"

#include <sluice/protocols/quic/application.hpp>
#include <sluice/protocols/quic/session.hpp>

#include <asio/any_io_executor.hpp>

#include <deque>
#include <functional>
#include <vector>

struct nghttp3_conn;
struct nghttp3_vec;

namespace sluice::origin {

/// What the session asks of whoever moves the connection's datagrams. None of it happens before the caller is done.
class http3_carrier {
public:
  virtual asio::any_io_executor executor() = 0;
  /// Runs `f` after `time`, unless the connection is gone by then, and goes on.
  virtual void wake_after(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> f) = 0;
  virtual void freeze(std::chrono::milliseconds time) = 0;
  virtual void reset_statelessly() = 0;

protected:
  ~http3_carrier() = default;
};

class http3_session final : public quic::application, public multiplexed_session<http3_stream, http3_carrier> {
public:
  http3_session(http3_carrier& carrier, shared_state& shared);
  ~http3_session();
  /// Before anything else.
  void put_on(quic::session& below) { quic_ = &below; }
  /// Moves answers on and ends what is to end. To be called whenever something came or time passed, before datagrams
  /// are asked for, until it says that nothing moved.
  bool advance();

  // what QUIC tells
  void on_ready() override;
  void on_stream_data(std::int64_t id, std::span<const std::byte> data, bool last) override;
  void on_stream_reset(std::int64_t id, std::uint64_t code) override;
  void on_stream_closed(std::int64_t id, std::optional<std::uint64_t> code) override;
  void on_acknowledged(std::int64_t id, std::uint64_t n) override;
  void on_send_room(std::int64_t id) override;
  void on_streams_allowed() override {}
  quic::outgoing next_outgoing() override;
  void on_written(std::int64_t id, std::size_t n) override;
  void on_blocked(std::int64_t id) override;
  void on_unwritable(std::int64_t id) override;
  std::string error_name(std::uint64_t code) const override;
  bool is_no_error(std::uint64_t code) const override;

  // what answers do
  void announce_going_away() override;
  void finish_going_away() override;
  void write_control(std::string bytes) override;
  void close(std::uint64_t code) override;
  void freeze(std::chrono::milliseconds time) override { carrier_.freeze(time); }
  void reset_statelessly() override { carrier_.reset_statelessly(); }
  void update_keys() override { keys_wanted_ = true; }

  // for the library's callbacks
  void on_rejected(std::int64_t id, std::uint64_t code, bool sending);
  void on_content_acknowledged(std::int64_t id, std::uint64_t n);
  void credit(std::int64_t id, std::size_t n) override;
  std::ptrdiff_t read_content(std::int64_t id, nghttp3_vec* to, std::uint32_t* flags);
  shared_state& shared() { return shared_; }

  std::uint64_t requests_begun() const { return requests_begun_; }

private:
  // in
  void note_request(http3_stream& s) override;
  void refuse_body(http3_stream& s) override;
  void note_window(http3_stream& s);
  void note_reset(http3_stream& s, std::uint64_t code);
  void on_library_error(std::int64_t id, int code);
  // answers
  bool ending() const override { return ends_.has_value(); }
  void wake(http3_stream& s) override;
  void drive(http3_stream& s) override;
  void apply(http3_stream& s, step& produced) override;
  void end_answer(http3_stream& s, const step& produced) override;
  void send_head(http3_stream& s, const outgoing_head& head);
  void send_trailers(http3_stream& s, const http::fields& fields);
  void forget(std::int64_t id);
  // ends
  bool end_streams();
  bool end_connection();
  void reset(http3_stream& s, std::uint64_t code);
  // out
  std::size_t room_for_content(http3_stream& s) const;
  void release(http3_stream& s, std::uint64_t n);
  bool offer_of_library();
  bool offer_by_hand();
  bool fill_by_hand(http3_stream& s);
  void keep_offering(std::size_t from);
  void frame_content(http3_stream& s, std::size_t room);
  void pull_raw(http3_stream& s);
  void queue_by_hand(http3_stream& s);
  bool offer_control();
  void acknowledge_control(std::uint64_t n);

  struct connection_end {
    then how;
    std::int64_t stream;
  };
  quic::session* quic_ = nullptr;
  nghttp3_conn* h3_ = nullptr;       // null before the handshake is over
  std::deque<std::int64_t> by_hand_; // streams that may have something to send past the library
  std::vector<std::int64_t> ending_; // to be reset once delivered
  std::optional<connection_end> ends_;
  std::size_t kept_ = 0; // bytes, of all streams
  std::uint64_t streams_allowed_ = 0, requests_begun_ = 0;
  bool library_last_ = false;    // had the last turn to send
  bool content_missing_ = false; // read_content() had nothing to give, since it was last cleared
  bool keys_wanted_ = false, announced_ = false, going_away_ = false;
  std::optional<std::uint64_t> closes_with_;
  quic::outgoing offered_; // what next_outgoing() gave last
  bool offered_by_library_ = false;
  bool goes_on_ = false; // a part of it was written, and nothing has happened since: the rest comes next

  struct {
    std::int64_t id = -1;
    struct run {
      bool by_library;
      std::uint64_t bytes;
    };
    std::deque<run> unacknowledged; // in the order in which they were written
    std::string bytes;              // to be written by hand
    std::deque<std::string> sent;   // by hand, until acknowledged; the last may be on its way out
    std::size_t at = 0;             // of the last, written so far
    std::size_t acknowledged = 0;   // of the first
    bool shut = false;
  } control_;
};

/// A server's side of nghttp3 that tells `session` (http3_callbacks.cpp).
nghttp3_conn* make_http3(http3_session& session);

} // namespace sluice::origin
