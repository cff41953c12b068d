// Where QUIC connections get their TLS from: a client's or a server's certificates, trust and resumable sessions.
// Opens the files that its configuration names, once; knows no socket and no connection.
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

/// Shared by all of a client's QUIC connections, as tls::client_context is by the others. Any thread.
class client_context {
public:
  /// `config` as for tls::client_context, but that TLS is always 1.3; `alpn` names what is spoken over QUIC, such as
  /// "h3".
  static result_or_failure<std::shared_ptr<client_context>> make(const tls::client_config& config);
  explicit client_context(std::shared_ptr<tls::shared_context> x) noexcept : tls_(std::move(x)) {}
  const std::shared_ptr<tls::shared_context>& tls() const noexcept { return tls_; }

private:
  std::shared_ptr<tls::shared_context> tls_;
};

/// A server's side, which test servers use. Any thread.
class server_context {
public:
  static result_or_failure<std::shared_ptr<server_context>> make(const tls::server_config& config);
  explicit server_context(std::shared_ptr<tls::shared_context> x);
  const std::shared_ptr<tls::shared_context>& tls() const noexcept { return tls_; }
  const std::array<std::uint8_t, 32>& secret() const noexcept { return secret_; }

  /// What to do about a datagram that belongs to no connection.
  enum class verdict : std::uint8_t { accept, answer, drop };
  struct decision {
    verdict what = verdict::drop;
    std::vector<std::byte> answer; ///< a Version Negotiation, Retry or Stateless Reset packet
  };
  /// `retry`: clients first show that they receive at their address (RFC 9000 section 8.1.2). `now_ns`: any monotonic
  /// clock.
  decision decide(const quic::path& path, std::span<const std::byte> datagram, bool retry, std::uint64_t now_ns) const;

private:
  std::shared_ptr<tls::shared_context> tls_;
  std::array<std::uint8_t, 32> secret_{};
};

} // namespace sluice::quic
