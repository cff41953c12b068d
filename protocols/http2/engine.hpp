// The HTTP/2 engine (RFC 9113): many streams on one transport, each with its own window.
// No I/O: knows no socket and no actor. Only this folder knows nghttp2.
#pragma once

#include <sluice/protocols/http/engine.hpp>
#include <sluice/protocols/http2/limits.hpp>

#include <memory>

namespace sluice::http2 {

/// The client's side of one connection. Stream windows open only by grant(). The connection's window is credited on
/// receipt, so that no body waits for the reader of another. Padding, and bytes of streams that are over, are credited
/// at once.
class engine final : public http::engine {
public:
  /// `first_window` is announced as SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2).
  engine(http::engine_events& events, const limits& bounds, wire_bytes first_window);
  ~engine() override;

  failure open(std::uint32_t index, const http::request_head& head, const http::outgoing_body& body,
               wire_bytes window) override;
  bool wants_upload(std::uint32_t index) const override;
  void upload(std::uint32_t index, std::span<const std::byte> data, bool last, const http::fields& trailers) override;
  std::uint64_t upload_left(std::uint32_t index) const override;
  void stop_upload(std::uint32_t index) override;
  void receive(std::span<const std::byte> input, http::time_point now) override;
  void receive_end(const failure& why) override;
  std::span<const std::byte> output(http::time_point now) override;
  void grant(std::uint32_t index, wire_bytes n) override;
  void cancel(std::uint32_t index) override;
  http::version version() const override { return http::version::http2; }
  http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body) const override;
  bool multiplexed() const override { return true; }
  std::size_t capacity() const override;
  bool capacity_known() const override;
  bool ended() const override;
  std::chrono::nanoseconds round_trip() const override;
  http::time_point deadline() const override;
  void on_time(http::time_point now) override;
  void trace(bool on) override;

  class session;

private:
  std::unique_ptr<session> session_;
};

} // namespace sluice::http2
