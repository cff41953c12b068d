// One client's HTTP/2 on a connection (RFC 9113), by libnghttp2's server session: many requests at once, each with its
// answer. Knows no socket and no route; what the library would refuse to send goes past it.
#pragma once

#include "connection.hpp"
#include "http2_frames.hpp"
#include "http2_stream.hpp"
#include "multiplexed_session.hpp"

#include <deque>
#include <unordered_set>
#include <vector>

struct nghttp2_session;

namespace sluice::origin {

class http2_session final : public protocol, public multiplexed_session<http2_stream, connection> {
public:
  http2_session(connection& carrier, shared_state& shared);
  ~http2_session() override;

  bool consume(std::span<const std::byte>& input) override;
  bool produce() override;
  bool wants_input() const override { return !frozen_; }
  bool consumes_while_blocked() const override { return !frozen_; }
  bool drops_when_blocked() const override;
  void input_ended() override { carrier_.close_now(); }
  void abandon() override;
  bool busy() const override;

  void go_away(std::uint32_t last_stream, std::uint32_t code) override;
  void announce_going_away() override;
  void finish_going_away() override;
  void change_setting(std::uint16_t name, std::uint32_t value) override;
  void freeze(std::chrono::milliseconds time) override;
  void withhold_settings() override { withholds_settings_ = true; }

  // for the library's callbacks
  struct frame_header {
    std::uint8_t type, flags;
    std::int32_t stream;
  };
  void on_frame_begun(frame_header header);
  void on_window_update(std::int32_t id, std::uint32_t increment);
  void on_reset(std::int32_t id, std::uint32_t code);
  void on_sent(std::int32_t id, bool is_headers, bool ends);
  void on_closed(std::int32_t id);
  std::ptrdiff_t read_content(std::int32_t id, std::size_t most, std::uint32_t* flags);
  void write_data_frame(std::int32_t id, const std::uint8_t* head, std::size_t content, std::size_t padding,
                        bool is_padded);
  std::size_t padding_for(std::int32_t id) const;
  void credit(std::int32_t id, std::size_t n) override;

private:
  struct raw_bytes {
    std::int32_t stream;
    source_ptr from;
  };
  void submit_own_settings();
  // requests and answers
  void note_request(http2_stream& s) override;
  void refuse_body(http2_stream& s) override;
  bool ending() const override { return ends_.has_value(); }
  void wake(http2_stream& s) override;
  void apply(http2_stream& s, step& produced) override;
  void end_answer(http2_stream& s, const step& produced) override;
  void submit_head(http2_stream& s, const outgoing_head& head);
  void submit_trailer(http2_stream& s, const http::fields& fields);
  void forget(std::int32_t id);
  // out
  bool holds_content() const { return !raw_.empty() || ends_; }
  bool put_frames(std::span<std::byte> out);
  bool put_raw();
  void raw_ended();
  bool swallows(const std::uint8_t* frame);

  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<http2_stream>> forgotten_; // until no callback may be using them
  std::deque<raw_bytes> raw_; // past the library, one after the other, with nothing in between
  bool raw_begun_ = false, raw_paused_ = false;
  asio::steady_timer timer_;                      // for raw_ and freeze()
  std::unordered_set<std::int32_t> answered_raw_; // RST_STREAM is not sent, only tells the library
  std::span<const std::uint8_t> frame_;           // the library's, partly copied
  std::span<std::byte> out_;                      // where content is being put, while the library is asked for frames
  std::size_t out_at_ = 0, out_content_ = 0;
  std::size_t content_at_ = 0; // of the content just pulled
  bool withholds_settings_ = false;
  bool frozen_ = false;
  std::optional<then> ends_; // once everything queued was sent
};

} // namespace sluice::origin
