// TLS as QUIC carries it (RFC 9001): handshakes without records, whose bytes QUIC itself moves and protects.
// For protocols/quic; knows no QUIC library: what makes a context fit for one is handed in.
#pragma once

#include <sluice/protocols/tls/context.hpp>
#include <sluice/protocols/tls/session_impl.hpp>

namespace sluice::tls {

/// What the QUIC library's helper does to a context. 0: done.
using enable_quic = int (*)(WOLFSSL_CTX*);

/// Contexts for TLS 1.3 alone, whatever the versions of the configuration say; it must offer protocols (ALPN).
result_or_failure<std::shared_ptr<shared_context>> make_quic_client(client_config c, enable_quic enable);
result_or_failure<std::shared_ptr<shared_context>> make_quic_server(server_config c, enable_quic enable);

/// A handshake about to begin, as client_context::connect and server_context::accept begin theirs. `error` is set in
/// one that cannot.
std::unique_ptr<session::impl> start_quic_client(std::shared_ptr<shared_context> context, const std::string& host,
                                                 std::uint16_t port);
std::unique_ptr<session::impl> start_quic_server(std::shared_ptr<shared_context> context);

/// Why the handshake of `x` stopped. An earlier session that it had offered is not offered again.
failure quic_handshake_failure(session::impl& x);
/// The peer refused with this alert.
failure quic_alert_failure(session::impl& x, int alert);

session_info info_of(const session::impl& x);

} // namespace sluice::tls
