// What the transports have in common that wait at a socket of the kernel: TCP's, a Unix socket, or UDP's.
// Lives on one loop.
#pragma once

#include <sluice/actors/io/transport.hpp>

#include <asio.hpp>

#include <variant>

namespace sluice {

class socket_transport : public transport {
public:
  void wait_readable(wait_handler callback) override;
  void wait_writable(wait_handler callback) override;
  void cancel_waits() override;
  std::string peer() const override;
  std::string peer_address() const override;

protected:
  using any_socket = std::variant<asio::generic::stream_protocol::socket*, asio::ip::udp::socket*>;
  explicit socket_transport(any_socket socket) : socket_(socket) {}
  any_socket socket_;
};

} // namespace sluice
