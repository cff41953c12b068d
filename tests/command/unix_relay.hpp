// A Unix socket whose connections lead to a TCP port of this machine, on a thread of its own.
// Knows nothing of what goes through it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace command_test {

class unix_relay {
public:
  /// At a path, or at a name outside of the file system.
  unix_relay(const std::string& name, bool abstract, std::uint16_t port) : port_(port) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), at.sun_path + (abstract ? 1 : 0));
    const auto size = offsetof(sockaddr_un, sun_path) + name.size() + 1;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&at), static_cast<socklen_t>(size)) != 0
        || ::listen(listener_, 16) != 0 || ::pipe(stop_) != 0)
      throw std::runtime_error("no Unix socket");
    thread_ = std::thread{[this] { run(); }};
  }
  ~unix_relay() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
    for (const auto& each : pairs_)
      for (const int fd : each.fds)
        ::close(fd);
  }
  unix_relay(const unix_relay&) = delete;
  unix_relay& operator=(const unix_relay&) = delete;

private:
  struct pair {
    std::array<int, 2> fds; // the client's, the server's
    std::array<bool, 2> open{true, true};
  };

  void run() {
    for (;;) {
      std::vector<pollfd> waits{{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const auto& each : pairs_)
        for (std::size_t side = 0; side < 2; ++side)
          waits.push_back({each.open[side] ? each.fds[side] : -1, POLLIN, 0});
      if (::poll(waits.data(), waits.size(), -1) < 0 || waits[0].revents != 0)
        return;
      for (std::size_t i = 0; i < pairs_.size(); ++i)
        for (std::size_t side = 0; side < 2; ++side)
          if (waits[2 + 2 * i + side].revents != 0)
            move(pairs_[i], side);
      if (waits[1].revents != 0)
        accept();
    }
  }

  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(server, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    pairs_.push_back({{client, server}});
  }

  static void move(pair& between, std::size_t side) {
    std::array<char, 65536> bytes;
    const auto n = ::recv(between.fds[side], bytes.data(), bytes.size(), 0);
    if (n <= 0) {
      between.open[side] = false;
      ::shutdown(between.fds[1 - side], SHUT_WR);
      return;
    }
    for (ssize_t sent = 0; sent < n;) {
      const auto k =
          ::send(between.fds[1 - side], bytes.data() + sent, static_cast<std::size_t>(n - sent), MSG_NOSIGNAL);
      if (k <= 0)
        return;
      sent += k;
    }
  }

  const std::uint16_t port_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  std::vector<pair> pairs_;
  std::thread thread_;
};

} // namespace command_test
