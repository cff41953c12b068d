// An attempt over TCP: connects, and shakes hands where the URL asks for TLS.
// Lives on one loop; knows nothing of other attempts.
#pragma once

#include <sluice/actors/connect/attempt.hpp>
#include <sluice/actors/io/loop.hpp>
#include <sluice/actors/io/tcp_transport.hpp>

namespace sluice {

class tcp_attempt final : public attempt {
public:
  tcp_attempt(exchange_ptr exchange, const asio::ip::address& where, loop& home, handler_binder bind);

  outcome begin() override;
  void close() override;
  const char* doing() const override { return link_ ? "in the TLS handshake with" : "connecting to"; }
  bool answered() const override { return link_ != nullptr; }

private:
  void connected(const std::error_code& code);
  void handshake();
  void end(outcome result);

  loop& home_;
  asio::ip::tcp::endpoint remote_;
  asio::ip::tcp::socket socket_;
  std::shared_ptr<tcp_transport> link_;
  bool answer_reported_ = false, closed_ = false;
};

} // namespace sluice
