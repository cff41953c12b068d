// One TCP connection, plain or under TLS, that reads and writes without blocking and waits on request.
// Lives on one loop. Knows nothing of HTTP nor of who is reading.
#pragma once

#include <sluice/protocols/flow/chunk.hpp>
#include <sluice/protocols/tls/session.hpp>

#include <asio.hpp>

namespace sluice {

enum class read_state : std::uint8_t {
  ok,
  would_block,
  ended, ///< the peer sent all it will send (under TLS: with close_notify)
  failed,
};

class transport : public std::enable_shared_from_this<transport> {
public:
  /// `session` is null for plain TCP.
  transport(asio::ip::tcp::socket socket, std::unique_ptr<tls::session> session, std::shared_ptr<chunk_pool> blocks);
  ~transport();

  struct result {
    std::size_t bytes = 0;
    read_state state = read_state::ok;
  };
  /// Reads what is there into `space`, which also bounds how much ciphertext is taken off the socket.
  result read(std::span<std::byte> space);
  /// The last read emptied the socket, as far as one can tell: waiting is cheaper than trying again.
  bool drained() const noexcept { return drained_; }

  /// There will be no read for a while: what ciphertext is left moves into memory of its own size.
  void rest();

  /// Drives the TLS handshake: would_block means wait for input and call again.
  read_state handshake();

  /// Queues bytes; flush() sends what the socket takes.
  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes) { write({reinterpret_cast<const char*>(bytes.data()), bytes.size()}); }
  /// False if the socket failed; what is left then is dropped and error() says why.
  bool flush();
  bool output_pending() const noexcept;

  /// Calls `f(error_code)` once the socket can be read (written).
  template <class F>
  void wait_readable(F f) {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, std::move(f));
  }
  template <class F>
  void wait_writable(F f) {
    socket_.async_wait(asio::ip::tcp::socket::wait_write, std::move(f));
  }

  /// Ends it: close_notify if that can be sent at once, then the socket is closed.
  void close();
  const failure& error() const noexcept { return error_; }
  const tls::session* security() const noexcept { return session_.get(); }
  std::string peer() const;
  /// The peer's IP address; empty if the socket has none any more.
  std::string peer_address() const;
  /// The kernel's estimate of the round trip; zero if it has none.
  std::chrono::nanoseconds round_trip() const;

private:
  result receive(std::span<std::byte> space);
  read_state fail(const std::error_code& code, const char* what);
  void accept_ciphertext(std::size_t wanted, result& outcome);

  asio::ip::tcp::socket socket_;
  std::unique_ptr<tls::session> session_;
  std::shared_ptr<chunk_pool> blocks_;
  block_ref ciphertext_; // held only while the session has not used all of it
  std::string output_;   // plain TCP only
  std::size_t output_sent_ = 0;
  failure error_;
  bool drained_ = false;
};

} // namespace sluice
