// What tests of the origin itself share: a blocking connection, plain or TLS, what came of a request, and the content
// to expect. Knows no version of HTTP.
#pragma once

#include <sluice/deploy/origin/content.hpp>
#include <sluice/deploy/origin/server.hpp>

#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/tls/context.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace sluice::tests {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::unique_ptr<origin::server> own_server(origin::config settings = {}) {
  auto made = origin::server::start(std::move(settings));
  if (!made)
    throw std::runtime_error(to_string(made.error()));
  return std::move(*made);
}

/// One server for a suite; a test that looks at its counters starts its own.
inline origin::server& shared_server() {
  static const auto shared = own_server();
  return *shared;
}

inline constexpr bool both[] = {false, true}; // without and with TLS

enum class ended : std::uint8_t { no, cleanly, by_reset, without_notify };

/// A blocking connection, plain or TLS. Every wait is bounded, so that a server that stays silent fails a test.
class wire {
public:
  explicit wire(origin::server& server, bool secure = false, int receive_buffer = 0,
                std::vector<std::string> alpn = {"http/1.1"})
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(secure ? server.tls_port() : server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    if (secure)
      shake(server, std::move(alpn));
  }
  ~wire() { ::close(fd_); }
  wire(const wire&) = delete;
  wire& operator=(const wire&) = delete;

  /// The connection ends in a reset when this goes, as that of a process that is killed amid an answer.
  void reset_at_end() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  bool send(std::string_view text) {
    if (!tls_)
      return send_raw(text.data(), text.size());
    tls_->write(bytes_of(text));
    return flush();
  }
  /// What came, at most 64 KiB; empty at the end, and then end() tells how it was.
  std::string_view receive() {
    while (end_ == ended::no) {
      if (!tls_) {
        const auto n = receive_raw();
        if (n > 0)
          return {in_, n};
        continue;
      }
      const auto got = tls_->read(std::as_writable_bytes(std::span(plain_)));
      flush();
      if (got.bytes != 0)
        return {plain_, got.bytes};
      if (got.state == tls::state::closed)
        end_ = ended::cleanly;
      else if (got.state == tls::state::failed)
        end_ = transport_gone_ ? ended::without_notify : ended::by_reset;
      else if (const auto n = receive_raw(); n > 0)
        tls_->receive(std::as_bytes(std::span(in_, n)));
    }
    return {};
  }
  ended end() const { return end_; }
  std::string agreed() const { return tls_ ? tls_->info().alpn : ""; }
  void shut_down_sending() { ::shutdown(fd_, SHUT_WR); }
  bool readable_within(int ms) {
    pollfd entry{fd_, POLLIN, 0};
    return ::poll(&entry, 1, ms) == 1;
  }

private:
  void shake(origin::server& server, std::vector<std::string> alpn) {
    tls::client_config config;
    config.alpn = std::move(alpn);
    config.ca_pem = server.certificate_pem();
    context_ = *tls::client_context::make(config);
    tls_ = context_->connect("localhost", server.tls_port());
    while (!tls_->established()) {
      const auto now = tls_->handshake();
      flush();
      if (now == tls::state::failed)
        throw std::runtime_error(to_string(tls_->error()));
      if (now != tls::state::want_input || tls_->established())
        continue;
      const auto n = receive_raw();
      if (n == 0)
        throw std::runtime_error("the handshake was cut");
      tls_->receive(std::as_bytes(std::span(in_, n)));
    }
  }
  std::size_t receive_raw() {
    const auto n = ::recv(fd_, in_, sizeof in_, 0);
    if (n > 0)
      return static_cast<std::size_t>(n);
    if (n < 0 && errno != ECONNRESET)
      throw std::runtime_error("the server stayed silent for too long");
    if (n == 0 && tls_) {
      transport_gone_ = true;
      tls_->receive_end();
    } else {
      end_ = n == 0 ? ended::cleanly : ended::by_reset;
    }
    return 0;
  }
  bool send_raw(const void* from, std::size_t n) {
    for (std::size_t at = 0; at < n;) {
      const auto sent = ::send(fd_, static_cast<const char*>(from) + at, n - at, MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }
  bool flush() {
    const auto output = tls_->output();
    const bool sent = send_raw(output.data(), output.size());
    tls_->drain(output.size());
    return sent;
  }

  int fd_;
  std::shared_ptr<tls::client_context> context_;
  std::unique_ptr<tls::session> tls_;
  ended end_ = ended::no;
  bool transport_gone_ = false;
  char in_[64 << 10];
  char plain_[16 << 10];
};

inline std::string content(std::uint64_t seed, std::size_t n) {
  std::string result(n, '\0');
  origin::fill(seed, 0, std::as_writable_bytes(std::span(result)));
  return result;
}

/// How the answer of /upload begins.
inline std::string hash_report(std::uint64_t seed, std::uint64_t n) {
  return "{\"bytes\":" + std::to_string(n) + ",\"hash\":\"" + origin::hex(origin::hash_of(seed, n)) + "\"";
}

/// What came of a request, over any version of HTTP.
struct origin_response {
  std::vector<int> interim;
  int status = 0;
  http::fields fields, trailers;
  std::string body;
  bool complete = false; // its end came

  std::string field(std::string_view name) const { return std::string(fields.get(name).value_or("")); }
  bool holds(std::uint64_t seed, std::uint64_t n) const {
    origin::checker c(seed);
    return body.size() == n && c.update(bytes_of(body));
  }
};

/// Waits for what another thread is about to bring about.
template <class F>
bool eventually(F holds) {
  for (int i = 0; i < 4000; ++i) {
    if (holds())
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

} // namespace sluice::tests
