// QUIC as a transport: a UDP socket of its own and the HTTP/3 engine whose datagrams it moves.
// Lives on one loop.
#pragma once

#include <sluice/actors/io/clock.hpp>
#include <sluice/actors/io/datagram_socket.hpp>
#include <sluice/actors/io/socket_transport.hpp>
#include <sluice/protocols/flow/lulls.hpp>
#include <sluice/protocols/http3/engine.hpp>

namespace sluice {

/// When the way out of this machine changes (an address goes, a network is left), the connection goes on from a new
/// socket (RFC 9000 section 9).
class quic_transport final : public socket_transport {
public:
  /// Both made for the same path. Nothing is sent yet.
  quic_transport(datagram_socket socket, std::unique_ptr<http3::engine> engine);

  /// Drives the QUIC handshake: would_block means wait for input, or until deadline(), and call again.
  read_state handshake(http::time_point now);
  http::time_point deadline() const { return engine_->deadline(); }
  /// The server has answered at all.
  bool answered() const noexcept { return answered_; }
  /// Why it failed.
  failure error() const { return engine_->connection().problem() ? engine_->connection().problem() : error_; }

  std::unique_ptr<http::engine> take_engine(http::engine_events& events) override {
    owned_->set_events(events);
    return std::move(owned_);
  }
  bool receive(http::engine& to, std::span<std::byte> space, http::time_point now) override;
  bool drained() const noexcept override {
    return drained_ && bytes_since_lull_ > 0;
  } // looking again costs less than waiting, but more than a lull
  std::chrono::nanoseconds lull() override {
    return lulls_.after(std::exchange(bytes_since_lull_, 0u), loop_clock::now().time_since_epoch());
  }
  /// Whoever acknowledges every datagram works twice: once the socket is empty, or so many have come.
  bool answers(bool brought) const noexcept override {
    return brought && !drained() ? unanswered_ >= unanswered_max || error_ : unanswered_ > 0;
  }
  sent send(http::engine& from, http::time_point now) override;
  bool flush() override;
  bool output_pending() const noexcept override { return !pending_.empty(); }
  std::size_t output_left() const noexcept override { return pending_.size(); }
  void close() override;
  std::optional<tls::session_info> security() const override { return engine_->connection().info(); }
  bool handshake_over() const override { return engine_->connection().established(); }
  std::chrono::nanoseconds round_trip() const override { return engine_->round_trip(); }

private:
  bool deliver(const quic::batch& batch, std::span<const std::byte> bytes);
  bool move_to_new_socket(http::time_point now);
  void fail(failure why);

  datagram_socket udp_;
  flow::lulls lulls_;
  std::size_t bytes_since_lull_ = 0;     // received since the last lull()
  std::unique_ptr<http3::engine> owned_; // until the connection has it
  http3::engine* engine_;
  quic::batch pending_batch_;
  std::vector<std::byte> pending_; // datagrams that the socket did not take
  failure error_;
  static constexpr unsigned unanswered_max = 32;
  unsigned unanswered_ = 0; // datagrams since the last send()
  unsigned refusals_ = 0;   // with nothing received in between
  bool drained_ = false, answered_ = false, closed_ = false;
};

} // namespace sluice
