// TCP, or a Unix socket, as a transport, plain or under TLS: the session's records are moved here, its handshake is
// driven from outside.
// Lives on one loop.
#pragma once

#include <sluice/actors/io/socket_transport.hpp>
#include <sluice/protocols/flow/chunk.hpp>

namespace sluice {

class tcp_transport final : public socket_transport {
public:
  /// `session` is null without TLS.
  tcp_transport(asio::generic::stream_protocol::socket socket, std::unique_ptr<tls::session> session,
                std::shared_ptr<chunk_pool> blocks);
  ~tcp_transport() override;

  bool receive(http::engine& to, std::span<std::byte> space, http::time_point now) override;
  bool drained() const noexcept override { return drained_ && !session_; }
  void set_low_water(std::size_t bytes) override;
  /// What ciphertext is left moves into memory of its own size.
  void rest() override;

  /// Drives the TLS handshake: would_block means wait for input and call again.
  read_state handshake();

  sent send(http::engine& from, http::time_point now) override;
  bool flush() override;
  bool output_pending() const noexcept override { return output_left() > 0; }
  std::size_t output_left() const noexcept override;

  void close() override;
  std::optional<tls::session_info> security() const override;
  std::chrono::nanoseconds round_trip() const override;
  const failure& error() const noexcept { return error_; }

private:
  struct result {
    std::size_t bytes = 0;
    read_state state = read_state::ok;
  };
  /// Reads what is there into `space`, which also bounds how much ciphertext is taken off the socket.
  result read(std::span<std::byte> space);
  result read_socket(std::span<std::byte> space);
  bool write(std::span<const std::byte>& bytes);
  read_state fail(const std::error_code& code, const char* operation);
  void accept_ciphertext(std::size_t wanted, result& outcome);

  asio::generic::stream_protocol::socket tcp_;
  std::unique_ptr<tls::session> session_;
  std::shared_ptr<chunk_pool> blocks_;
  block_ref ciphertext_; // held only while the session has not used all of it
  std::string output_;   // plain TCP only
  std::size_t output_sent_ = 0;
  failure error_;
  bool drained_ = false;
  std::size_t low_water_ = 1;
};

} // namespace sluice
