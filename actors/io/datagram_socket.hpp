// One UDP socket, never blocking: takes and gives many datagrams with one system call where the kernel can (recvmmsg,
// GRO, GSO), with their ECN marks and both their addresses. Lives on one loop. Knows nothing of QUIC but its plain
// values.
#pragma once

#include <sluice/actors/io/local_binding.hpp>
#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/quic/session.hpp>

#include <asio.hpp>

#include <algorithm>
#include <memory>

namespace sluice {

class datagram_socket {
public:
  /// A server's: any client's datagrams, and answers from the address to which they came. Port 0: any.
  static result_or_failure<datagram_socket> bind(asio::io_context& io, const quic::address& local);
  /// A client's: datagrams of that peer alone, and word if nobody is there. `from`: its local end; null: any.
  static result_or_failure<datagram_socket> connect(asio::io_context& io, const quic::address& remote,
                                                    std::shared_ptr<const local_binding> from = nullptr);
  datagram_socket(datagram_socket&&) = default;
  datagram_socket& operator=(datagram_socket&&) = default;

  /// Of a connected socket, where its datagrams come from; of a server's, where it is bound.
  const quic::address& local() const noexcept { return local_; }
  /// What connect() was given.
  const std::shared_ptr<const local_binding>& from() const noexcept { return from_; }

  enum class status : std::uint8_t {
    ok, ///< receiving: there may be more
    would_block,
    refused, ///< connected sockets only: a datagram sent earlier found nobody at the port. Others may be there still
    failed,  ///< error() says why
  };

  /// Calls `callback(const quic::path&, quic::ecn, std::span<const std::byte>)` for each datagram that is there, up to
  /// a bound. Each is good during its call.
  template <class F>
  status receive(F&& callback) {
    arrival got[arrivals_max];
    std::size_t n = 0;
    const auto result = take(got, n);
    for (std::size_t i = 0; i < n; ++i)
      for (auto rest = got[i].bytes; !rest.empty();) {
        const auto size = std::min(rest.size(), got[i].segment);
        callback(static_cast<const quic::path&>(got[i].path), got[i].mark, rest.first(size));
        rest = rest.subspan(size);
      }
    return result;
  }

  /// Sends the datagrams of `batch`, which `bytes` holds; would_block: none of them. What the path cannot carry is
  /// dropped, as the path would.
  status send(const quic::batch& batch, std::span<const std::byte> bytes);
  const failure& error() const noexcept { return error_; }

  /// The kernel joined what came last (GRO).
  bool joins() const noexcept { return joined_; }
  /// Of what the kernel keeps until it is received, bytes; its own bookkeeping for each datagram counts too.
  std::size_t buffer_bytes();

  asio::ip::udp::socket& socket() noexcept { return socket_; }
  template <class F>
  void wait_readable(F callback) {
    socket_.async_wait(asio::ip::udp::socket::wait_read, std::move(callback));
  }
  template <class F>
  void wait_writable(F callback) {
    socket_.async_wait(asio::ip::udp::socket::wait_write, std::move(callback));
  }
  void close() {
    std::error_code ignored;
    socket_.close(ignored);
  }

private:
  static constexpr std::size_t arrivals_max = 64, joined_max = 8;
  struct arrival {
    quic::path path;
    quic::ecn mark = quic::ecn::not_capable;
    std::size_t segment = 0;
    std::span<const std::byte> bytes;
  };

  datagram_socket(asio::ip::udp::socket socket, bool connected) : socket_(std::move(socket)), connected_(connected) {}
  static result_or_failure<datagram_socket> open(asio::io_context& io, const quic::address& at, bool connect,
                                                 std::shared_ptr<const local_binding> from = nullptr);
  void prepare(bool v6);
  status take(arrival (&to)[arrivals_max], std::size_t& n);
  long send_once(const quic::batch& batch, std::span<const std::byte> bytes);
  status fail(int code, const char* operation);

  asio::ip::udp::socket socket_;
  quic::address local_, remote_;
  std::shared_ptr<const local_binding> from_;
  bool connected_ = false;
  bool segments_ = true; // the kernel splits what is sent (GSO)
  bool joined_ = false;  // and has joined what came last (GRO): then few receives bring much
  failure error_;
};

quic::address to_address(const asio::ip::udp::endpoint& endpoint);
asio::ip::udp::endpoint to_endpoint(const quic::address& address);

} // namespace sluice
