// TLS settings shared by connections, for a client or a server: certificates, trust and resumable sessions. Creates the
// TLS sessions. Reads the files of its configuration once; knows no socket and no actor.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/tls/config.hpp>
#include <sluice/protocols/tls/session.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::tls {

/// Shared by all connections of a client. Thread-safe. Each session may be used on a different thread and may outlive
/// the context.
class client_context {
public:
  struct impl;

  /// Reads the files of `config` (2–3 ms for the CA bundle of the system). Errors: invalid_configuration, with field
  /// and path.
  static result_or_failure<std::shared_ptr<client_context>> make(const client_config& config);
  explicit client_context(std::shared_ptr<impl> made) noexcept;
  ~client_context();
  client_context(const client_context&) = delete;
  client_context& operator=(const client_context&) = delete;

  /// A session with `host`: a DNS name, which is sent as SNI (RFC 6066), or an IP literal (brackets allowed), without
  /// SNI. Resumes an earlier session with the same host and port if there is one. `protocols`: comma-separated ALPN
  /// list that replaces the configured one; empty: the configured one. Never null; an invalid host gives a session in
  /// the state `failed`.
  std::unique_ptr<session> connect(const std::string& host, std::uint16_t port, const std::string& protocols = {});

private:
  std::shared_ptr<impl> impl_;
};

/// Shared by all connections of a server. Thread-safe like client_context.
class server_context {
public:
  struct impl;

  static result_or_failure<std::shared_ptr<server_context>> make(const server_config& config);
  explicit server_context(std::shared_ptr<impl> made) noexcept;
  ~server_context();
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;

  std::unique_ptr<session> accept();

private:
  std::shared_ptr<impl> impl_;
};

} // namespace sluice::tls
