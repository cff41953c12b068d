#include <sluice/actors/io/socket_transport.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <optional>

namespace sluice {

namespace {

struct remote_end {
  asio::ip::address address;
  std::uint16_t port = 0;
};

std::optional<remote_end> remote_of(const asio::ip::udp::socket& socket) {
  std::error_code code;
  const auto end = socket.remote_endpoint(code);
  return code ? std::nullopt : std::optional{remote_end{end.address(), end.port()}};
}

/// Nothing for a Unix socket, too.
std::optional<remote_end> remote_of(const asio::generic::stream_protocol::socket& socket) {
  std::error_code code;
  const auto end = socket.remote_endpoint(code);
  const int family = end.protocol().family();
  asio::ip::tcp::endpoint result;
  if (code || (family != AF_INET && family != AF_INET6) || end.size() > result.capacity())
    return std::nullopt;
  std::memcpy(result.data(), end.data(), end.size());
  return remote_end{result.address(), result.port()};
}

/// The path of a Unix socket, "@name" for an abstract one; empty: it is none.
std::string unix_path_of(const asio::generic::stream_protocol::socket& socket) {
  std::error_code code;
  const auto end = socket.remote_endpoint(code);
  if (code || end.protocol().family() != AF_UNIX || end.size() <= offsetof(sockaddr_un, sun_path))
    return {};
  const auto* const path = reinterpret_cast<const sockaddr_un*>(end.data())->sun_path;
  std::string result{path, end.size() - offsetof(sockaddr_un, sun_path)};
  if (result.front() == '\0')
    return "@" + result.substr(1);
  return result.c_str(); // up to its NUL
}
std::string unix_path_of(const asio::ip::udp::socket&) { return {}; }

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
  const auto remote = std::visit([](const auto* open_socket) { return remote_of(*open_socket); }, socket_);
  return remote ? remote->address.to_string() : std::string{};
}

std::string socket_transport::peer() const {
  const auto remote = std::visit([](const auto* open_socket) { return remote_of(*open_socket); }, socket_);
  if (!remote) {
    const auto path = std::visit([](const auto* open_socket) { return unix_path_of(*open_socket); }, socket_);
    return path.empty() ? "?" : "unix:" + path;
  }
  return (remote->address.is_v6() ? "[" + remote->address.to_string() + "]" : remote->address.to_string()) + ":"
         + std::to_string(remote->port);
}

} // namespace sluice
