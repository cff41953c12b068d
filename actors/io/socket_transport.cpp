#include <sluice/actors/io/socket_transport.hpp>

namespace sluice {

namespace {

struct remote_end {
  asio::ip::address address;
  std::uint16_t port = 0;
};

std::optional<remote_end> remote_of(const std::variant<asio::ip::tcp::socket*, asio::ip::udp::socket*>& socket) {
  return std::visit(
      [](const auto* open_socket) -> std::optional<remote_end> {
        std::error_code code;
        const auto end = open_socket->remote_endpoint(code);
        if (code)
          return {};
        return remote_end{end.address(), end.port()};
      },
      socket);
}

} // namespace

void socket_transport::wait_readable(wait_handler callback) {
  std::visit([&](auto* open_socket) { open_socket->async_wait(asio::socket_base::wait_read, std::move(callback)); },
             socket_);
}
void socket_transport::wait_writable(wait_handler callback) {
  std::visit([&](auto* open_socket) { open_socket->async_wait(asio::socket_base::wait_write, std::move(callback)); },
             socket_);
}
void socket_transport::cancel_waits() {
  std::error_code ignored;
  std::visit([&](auto* open_socket) { open_socket->cancel(ignored); }, socket_);
}

std::string socket_transport::peer_address() const {
  const auto remote = remote_of(socket_);
  return remote ? remote->address.to_string() : std::string{};
}

std::string socket_transport::peer() const {
  const auto remote = remote_of(socket_);
  if (!remote)
    return "?";
  return (remote->address.is_v6() ? "[" + remote->address.to_string() + "]" : remote->address.to_string()) + ":"
         + std::to_string(remote->port);
}

} // namespace sluice
