// The functions that the TLS library calls during a QUIC handshake: install keys, send messages, send alerts.
// They replace those of ngtcp2's helper for wolfSSL, which return 0 if a key cannot be installed (no memory, or ngtcp2
// refused it). wolfSSL turns that into error 1; wolfSSL_connect stops only for errors below 0, so it would call
// ProcessReply in an endless loop.
#include <sluice/protocols/quic/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <ngtcp2/ngtcp2_crypto_wolfssl.h>
#include <wolfssl/ssl.h>

#include <wolfssl/quic.h>

#include <cstddef>
#include <cstdint>

namespace sluice::quic {

namespace {

constexpr int done = 1, failed = 0;
constexpr std::uint8_t internal_error = 80; // RFC 8446 section 6.2

ngtcp2_conn* conn_of(WOLFSSL* ssl) {
  auto* reference = static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl));
  return reference->get_conn(reference);
}

/// Always returns `done` to wolfSSL. A failure is stored as the TLS error of the connection, which callbacks.cpp checks
/// after each step of the handshake.
int install(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL at, const std::uint8_t* reading, const std::uint8_t* writing,
            std::size_t n) {
  auto* conn = conn_of(ssl);
  const auto level = ngtcp2_crypto_wolfssl_from_wolfssl_encryption_level(at);
  if ((!reading || ngtcp2_crypto_derive_and_install_rx_key(conn, nullptr, nullptr, nullptr, level, reading, n) == 0)
      && (!writing || ngtcp2_crypto_derive_and_install_tx_key(conn, nullptr, nullptr, nullptr, level, writing, n) == 0))
    return done;
  if (ngtcp2_conn_get_tls_error(conn) == 0) { // otherwise ngtcp2 has set it, for invalid transport parameters
    ngtcp2_conn_set_tls_error(conn, NGTCP2_ERR_CRYPTO);
    ngtcp2_conn_set_tls_alert(conn, internal_error);
  }
  return done;
}

int send_message(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL at, const std::uint8_t* data, std::size_t n) {
  auto* conn = conn_of(ssl);
  const auto level = ngtcp2_crypto_wolfssl_from_wolfssl_encryption_level(at);
  const int code = ngtcp2_conn_submit_crypto_data(conn, level, data, n);
  if (code == 0)
    return done;
  ngtcp2_conn_set_tls_error(conn, code);
  return failed;
}

int flush(WOLFSSL*) { return done; }

int send_alert(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL, std::uint8_t alert) {
  ngtcp2_conn_set_tls_alert(conn_of(ssl), alert);
  return done;
}

/// `code`: the result of ngtcp2's helper, which has set its own functions before.
int replace_method(int code, WOLFSSL_CTX* ctx) {
  static const WOLFSSL_QUIC_METHOD method{install, send_message, flush, send_alert};
  if (code != 0)
    return code;
  return wolfSSL_CTX_set_quic_method(ctx, &method) == WOLFSSL_SUCCESS ? 0 : -1;
}

} // namespace

int configure_client(WOLFSSL_CTX* ctx) {
  return replace_method(ngtcp2_crypto_wolfssl_configure_client_context(ctx), ctx);
}
int configure_server(WOLFSSL_CTX* ctx) {
  return replace_method(ngtcp2_crypto_wolfssl_configure_server_context(ctx), ctx);
}

} // namespace sluice::quic
