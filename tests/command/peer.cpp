#include "peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace command_test {

peer::peer(int backlog) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, backlog) != 0
      || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no listening socket");
  port_ = ntohs(address.sin_port);
}

peer::~peer() {
  close();
  ::close(listener_);
}

std::string peer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string{path};
}

bool peer::readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 60'000) == 1;
}

bool peer::accept() {
  close();
  if (readable(listener_))
    connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  return connection_ >= 0;
}

std::string peer::read_head() {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    const auto before = text.size();
    read_more(text, before + 1);
    if (text.size() == before)
      break;
  }
  return text;
}

void peer::read_more(std::string& text, std::size_t size) {
  std::array<char, 16384> bytes;
  while (text.size() < size && readable(connection_)) {
    const auto n = ::recv(connection_, bytes.data(), bytes.size(), 0);
    if (n <= 0)
      return;
    text.append(bytes.data(), static_cast<std::size_t>(n));
  }
}

void peer::send(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::send(connection_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR)
      return;
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void peer::close() {
  if (const int fd = std::exchange(connection_, -1); fd >= 0)
    ::close(fd);
}

} // namespace command_test
