// An origin whose every byte the test chooses: a listening socket and one connection at a time, on the test's own
// thread. Knows no HTTP but the empty line that ends a head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace command_test {

class peer {
public:
  /// Listens on a free port of 127.0.0.1; `backlog` connections wait for accept().
  explicit peer(int backlog = 16);
  ~peer();
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  std::string url(std::string_view path = "/") const;
  std::uint16_t port() const { return port_; }
  /// Waits a minute at most for a connection, and instead of the one before it.
  bool accept();
  /// The head of a request, and of its body what came with it.
  std::string read_head();
  /// Reads on until `text` is that long.
  void read_more(std::string& text, std::size_t size);
  void send(std::string_view text);
  void close();

private:
  bool readable(int fd);
  int listener_ = -1, connection_ = -1;
  std::uint16_t port_ = 0;
};

} // namespace command_test
