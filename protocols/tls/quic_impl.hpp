// TLS for QUIC (RFC 9001): handshakes without TLS records; QUIC transports and protects the messages.
// For protocols/quic; knows no QUIC library: the function that prepares a context for one is a parameter.
#pragma once

#include <sluice/protocols/tls/context.hpp>
#include <sluice/protocols/tls/session_impl.hpp>

namespace sluice::tls {

/// Prepares a context for the QUIC library. 0: success.
using enable_quic = int (*)(WOLFSSL_CTX*);

/// Contexts for TLS 1.3 only; the versions of the configuration are ignored. `alpn` must not be empty.
result_or_failure<std::shared_ptr<shared_context>> make_quic_client(client_config config, enable_quic enable);
result_or_failure<std::shared_ptr<shared_context>> make_quic_server(server_config config, enable_quic enable);

/// A session before its handshake, like those of client_context::connect and server_context::accept. On an error its
/// `error` is set.
std::unique_ptr<session::impl> start_quic_client(std::shared_ptr<shared_context> context, const std::string& host,
                                                 std::uint16_t port);
std::unique_ptr<session::impl> start_quic_server(std::shared_ptr<shared_context> context);

/// Why the handshake failed. Also removes the earlier session that it offered from the cache.
failure quic_handshake_failure(session::impl& connection);
/// The same for an alert that the peer sent.
failure quic_alert_failure(session::impl& connection, int alert);

session_info info_of(const session::impl& connection);

} // namespace sluice::tls
