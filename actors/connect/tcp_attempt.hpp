// An attempt over TCP or a Unix socket: connects, and shakes hands where the URL asks for TLS.
// Lives on one loop; knows nothing of other attempts.
#pragma once

#include <sluice/actors/connect/attempt.hpp>
#include <sluice/actors/io/local_binding.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/io/tcp_transport.hpp>

namespace sluice {

class tcp_attempt final : public attempt {
public:
  using endpoint = asio::generic::stream_protocol::endpoint;

  /// `from`: the local end; null: any.
  tcp_attempt(exchange_ptr exchange, const asio::ip::tcp::endpoint& where, std::shared_ptr<const local_binding> from,
              loop& home, handler_binder bind);
  /// To a Unix socket. `text` is for people.
  tcp_attempt(exchange_ptr exchange, const asio::local::stream_protocol::endpoint& where, std::string text, loop& home,
              handler_binder bind);

  outcome begin() override;
  void close() override;
  const char* doing() const override { return link_ ? "in the TLS handshake with" : "connecting to"; }
  bool answered() const override { return link_ != nullptr; }

private:
  void connected(const std::error_code& code);
  void handshake();
  void end(outcome result);

  loop& home_;
  endpoint remote_;
  std::shared_ptr<const local_binding> from_;
  asio::generic::stream_protocol::socket socket_;
  std::shared_ptr<tcp_transport> link_;
  bool answer_reported_ = false, closed_ = false;
};

} // namespace sluice
