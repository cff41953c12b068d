// Where TLS sessions come from: a client's or a server's certificates, trust and resumable sessions.
// Opens the files that its configuration names, once; knows no socket and no actor.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/tls/config.hpp>
#include <sluice/protocols/tls/session.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::tls {

/// Shared by all of a client's connections. Its members may be called from several threads at once; the sessions it
/// gives may each be used on a different thread, and may outlive it.
class client_context {
public:
  struct impl;

  /// Reads the files named (the system's CA bundle costs 2–3 ms). Errors: invalid_configuration, naming the field and
  /// path.
  static result_or_failure<std::shared_ptr<client_context>> make(const client_config& config);
  explicit client_context(std::shared_ptr<impl> x) noexcept;
  ~client_context();
  client_context(const client_context&) = delete;
  client_context& operator=(const client_context&) = delete;

  /// A session that wants to speak to `host`: a DNS name, sent as SNI (RFC 6066), or an IP literal (brackets allowed),
  /// for which no SNI is sent. Resumes an earlier session with the same host and port where the origin gave a ticket
  /// for one. Never null; a host that cannot be asked for gives a session that has failed already.
  /// `protocols`, comma-separated, are offered instead of the configuration's, unless empty.
  std::unique_ptr<session> connect(const std::string& host, std::uint16_t port, const std::string& protocols = {});

private:
  std::shared_ptr<impl> impl_;
};

/// Shared by all connections that a server accepts. Thread-safe as client_context is.
class server_context {
public:
  struct impl;

  static result_or_failure<std::shared_ptr<server_context>> make(const server_config& config);
  explicit server_context(std::shared_ptr<impl> x) noexcept;
  ~server_context();
  server_context(const server_context&) = delete;
  server_context& operator=(const server_context&) = delete;

  std::unique_ptr<session> accept();

private:
  std::shared_ptr<impl> impl_;
};

} // namespace sluice::tls
