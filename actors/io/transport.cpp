#include <sluice/actors/io/transport.hpp>

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

std::string transport::peer_address() const {
  const auto x = remote_of(socket_);
  return x ? x->address.to_string() : std::string{};
}

std::string transport::peer() const {
  const auto x = remote_of(socket_);
  if (!x)
    return "?";
  return (x->address.is_v6() ? "[" + x->address.to_string() + "]" : x->address.to_string()) + ":"
         + std::to_string(x->port);
}

} // namespace sluice
