// One client's QUIC connection: its datagrams, its clock, and the HTTP/3 session on it.
// Lives on one io_context, whose socket the listener has; knows no request.
#pragma once

#include "http3_session.hpp"

#include <asio/steady_timer.hpp>

#include <memory>
#include <vector>

namespace sluice::origin {

class http3_listener;

/// Kept alive by its listener, until flush() says that it is over.
class http3_connection final : public http3_carrier, public std::enable_shared_from_this<http3_connection> {
public:
  /// For the datagram that begins it, which receive() takes too.
  http3_connection(http3_listener& owner, shared_state& shared, const quic::server_context& context,
                   const quic::path& where, std::span<const std::byte> first);
  ~http3_connection();

  void receive(const quic::path& from, quic::ecn mark, std::span<const std::byte> datagram);
  /// Goes on until nothing moves, the socket takes no more, or others want a turn. To be called after receive().
  void flush();
  /// Drops a client that asks for nothing (config::request_timeout). Once, before flush().
  void watch_requests();

  asio::any_io_executor executor() override { return timer_.get_executor(); }
  void wake_after(asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> f) override;
  void freeze(std::chrono::milliseconds time) override;
  void reset_statelessly() override { reset_ = true; }

  /// By which the client may address it.
  const std::vector<quic::connection_id>& ids() const { return ids_; }
  quic::path path() const { return quic_.path(); }
  /// Tells the listener which ids are new and which are not used any more.
  void take_ids();

  bool waits_for_socket = false; // the listener's

private:
  bool move();
  void arm();

  http3_listener& owner_;
  shared_state& shared_;
  asio::steady_timer timer_, request_timer_;
  std::uint64_t requests_then_ = 0; // when request_timer_ was set
  http3_session app_;
  quic::session quic_;
  std::vector<quic::connection_id> ids_;
  bool frozen_ = false, reset_ = false, gone_ = false;
};

} // namespace sluice::origin
