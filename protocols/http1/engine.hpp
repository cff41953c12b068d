// The HTTP/1.1 engine (RFC 9112): one stream at a time; its backpressure is that the connection stops reading.
// No I/O: knows no socket, no window, no actor.
#pragma once

#include <sluice/protocols/guard.hpp>
#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http1/response_parser.hpp>
#include <sluice/protocols/http1/serializer.hpp>

namespace sluice::http1 {

class engine final : public http::engine {
public:
  /// `drain_bytes`: if no more than this remains of a cancelled body, it is read to its end, so that the connection can
  /// be reused; otherwise the connection ends.
  engine(http::engine_events& events, const limits& bounds, std::uint64_t drain_bytes)
    : events_(events), parser_(bounds), drain_bytes_(drain_bytes) {}

  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
               wire_bytes window) override;
  bool wants_upload(std::uint32_t index) const override {
    return current_ == index && uploading_ && out_.empty() && !guard_;
  }
  void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) override;
  std::uint64_t upload_left(std::uint32_t index) const override { return current_ == index ? out_.size() : 0; }
  void stop_upload(std::uint32_t index) override;
  void receive(std::span<const std::byte> input, http::time_point now) override;
  void receive_end(const failure& why) override;
  std::span<const std::byte> output(http::time_point now) override;
  void grant(std::uint32_t, wire_bytes) override {}
  void cancel(std::uint32_t index) override;
  http::version version() const override { return http::version::http1_1; }
  http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body) const override;
  bool multiplexed() const override { return false; }
  std::size_t capacity() const override { return ended_ || guard_ ? 0 : 1; }
  bool ended() const override { return ended_; }
  std::chrono::nanoseconds round_trip() const override { return {}; }
  http::time_point deadline() const override {
    return guard_ && !ended_ ? http::time_point{} : http::time_point::max();
  }
  void on_time(http::time_point) override { settle(); }
  void trace(bool) override {}

private:
  failure begin(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body);
  void append(std::span<const std::byte> data, bool last, const http::fields& trailers);
  void read(std::span<const std::byte> input);
  void finish(const failure& why);
  /// Called where events may be emitted: if the guard caught an exception, ends the connection with it.
  void settle() noexcept;
  bool take(http1::event& parsed, bool rest_is_empty);
  void close(bool reusable);
  void fail(failure&& why) noexcept;

  http::engine_events& events_;
  guard guard_;
  response_parser parser_;
  std::uint64_t drain_bytes_;
  std::optional<std::uint32_t> current_;
  bool uploading_ = false, upload_cut_ = false, chunked_upload_ = false;
  bool head_seen_ = false;
  bool secure_ = false;     // the transport is TLS: its close_notify proves the end of a close-delimited body
  bool discarding_ = false; // the stream was cancelled; the rest of its body is read and dropped
  std::uint64_t discarded_ = 0;
  bool ended_ = false;
  std::string out_, sending_; // bytes to send; bytes that output() has handed out
};

} // namespace sluice::http1
