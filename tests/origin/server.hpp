// The scripted HTTP/1.1 origin for tests, demonstrations and load: plain and TLS, with routes that behave and routes that do not.
// Knows nothing of the client under test, nor of CAF.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::origin {

struct config {
  std::string address = "127.0.0.1"; ///< an IP address to listen on
  std::uint16_t port = 0;            ///< 0: any
  std::uint16_t tls_port = 0;
  bool tls = true;
  std::uint64_t seed = 1; ///< of content, where a request names none
  int threads = 1;        ///< 1–64; connections are spread over them
  std::string client_ca_pem; ///< not empty: TLS clients must show a certificate that one of these signed
  std::size_t connections_max = 16384; ///< beyond it new connections are closed at once
  std::uint64_t request_body_bytes_max = std::uint64_t{1} << 40; ///< answered with 413 where announced, else cut
  std::size_t buffer_bytes = 256u << 10;    ///< most that one connection holds of an answer; 8 KiB at least
  std::size_t send_buffer_bytes = 0;        ///< SO_SNDBUF; 0: the kernel's choice
};

/// Figures at one moment. All but `…_open` and `…_blocked` only grow.
struct counters {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;
  std::uint64_t connections_blocked = 0; ///< whose client's window is shut right now
  std::uint64_t requests = 0;
  std::uint64_t bytes_written = 0;  ///< content of answers, as handed to sockets
  std::uint64_t request_body_bytes = 0;
  std::uint64_t blocked_writes = 0; ///< writes that could not proceed: the client's window was shut
  std::uint64_t malformed_requests = 0;
  std::uint64_t tls_failures = 0;
};

/// A running server: its own threads, gone after stop().
class server {
public:
  struct impl;

  /// Ready to accept when it returns. Errors: invalid_configuration, naming the field or the address and port.
  static result_or_failure<std::unique_ptr<server>> start(config x);
  explicit server(std::unique_ptr<impl> x) noexcept;
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// http://127.0.0.1:port/path; a path may bring its query.
  std::string url(std::string_view path) const;
  /// https://localhost:tls_port/path. The certificate also holds for 127.0.0.1 and ::1.
  std::string tls_url(std::string_view path) const;
  std::uint16_t port() const;
  std::uint16_t tls_port() const; ///< 0 without TLS
  /// Signed by itself: what a client has to trust. Empty without TLS.
  const std::string& certificate_pem() const;
  counters snapshot() const;
  /// Closes every connection and joins the threads. Any thread but the server's own; more than once is fine.
  void stop();

private:
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::origin
