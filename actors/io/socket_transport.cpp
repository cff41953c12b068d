#include <sluice/actors/io/socket_transport.hpp>

namespace sluice {

namespace {

struct remote_end {
  asio::ip::address address;
  std::uint16_t port = 0;
};

std::optional<remote_end> remote_of(const std::variant<asio::ip::tcp::socket*, asio::ip::udp::socket*>& socket) {
  return std::visit(
      [](const auto* x) -> std::optional<remote_end> {
        std::error_code code;
        const auto end = x->remote_endpoint(code);
        if (code)
          return {};
        return remote_end{end.address(), end.port()};
      },
      socket);
}

} // namespace

void socket_transport::wait_readable(wait_handler f) {
  std::visit([&](auto* x) { x->async_wait(asio::socket_base::wait_read, std::move(f)); }, socket_);
}
void socket_transport::wait_writable(wait_handler f) {
  std::visit([&](auto* x) { x->async_wait(asio::socket_base::wait_write, std::move(f)); }, socket_);
}
void socket_transport::cancel_waits() {
  std::error_code ignored;
  std::visit([&](auto* x) { x->cancel(ignored); }, socket_);
}

std::string socket_transport::peer_address() const {
  const auto x = remote_of(socket_);
  return x ? x->address.to_string() : std::string{};
}

std::string socket_transport::peer() const {
  const auto x = remote_of(socket_);
  if (!x)
    return "?";
  return (x->address.is_v6() ? "[" + x->address.to_string() + "]" : x->address.to_string()) + ":"
         + std::to_string(x->port);
}

} // namespace sluice
