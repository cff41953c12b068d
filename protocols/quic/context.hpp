// TLS settings shared by QUIC connections, for a client or a server: certificates, trust and resumable sessions.
// Reads the files of its configuration once; knows no socket and no connection.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/quic/path.hpp>
#include <sluice/protocols/tls/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::tls {
struct shared_context;
}

namespace sluice::quic {

/// Shared by all QUIC connections of a client. Any thread.
class client_context {
public:
  /// `config`: see tls::client_context; its TLS versions are ignored (QUIC uses 1.3). `alpn` must not be empty and
  /// names the application protocols, such as "h3".
  static result_or_failure<std::shared_ptr<client_context>> make(const tls::client_config& config);
  explicit client_context(std::shared_ptr<tls::shared_context> shared) noexcept : tls_(std::move(shared)) {}
  const std::shared_ptr<tls::shared_context>& tls() const noexcept { return tls_; }

private:
  std::shared_ptr<tls::shared_context> tls_;
};

/// The server side, for test servers. Any thread.
class server_context {
public:
  static result_or_failure<std::shared_ptr<server_context>> make(const tls::server_config& config);
  explicit server_context(std::shared_ptr<tls::shared_context> shared);
  const std::shared_ptr<tls::shared_context>& tls() const noexcept { return tls_; }
  const std::array<std::uint8_t, 32>& secret() const noexcept { return secret_; }

  /// What to do with a datagram that belongs to no connection.
  enum class verdict : std::uint8_t { accept, answer, drop };
  struct decision {
    verdict what = verdict::drop;
    std::vector<std::byte> answer; ///< a Version Negotiation, Retry or Stateless Reset packet
  };
  /// `retry`: validate the address of each client with a Retry packet first (RFC 9000 section 8.1.2). `now_ns`:
  /// nanoseconds of a monotonic clock.
  decision decide(const quic::path& path, std::span<const std::byte> datagram, bool retry, std::uint64_t now_ns) const;

private:
  std::shared_ptr<tls::shared_context> tls_;
  std::array<std::uint8_t, 32> secret_{};
};

} // namespace sluice::quic
