// What the TLS library hands to QUIC during a handshake: keys, messages to send, alerts. These functions stand instead
// of those of ngtcp2's helper for wolfSSL, which return 0 where a key cannot be installed (memory ran out, or ngtcp2
// refused it). wolfSSL makes of that an error of 1, and wolfSSL_connect, which stops only for an error below 0, then
// calls ProcessReply for ever.
#include <sluice/protocols/quic/session_impl.hpp>

#include <wolfssl/options.h> // first: it says how the library was built

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
  auto* x = static_cast<ngtcp2_crypto_conn_ref*>(wolfSSL_get_app_data(ssl));
  return x->get_conn(x);
}

/// wolfSSL is always told that it is done. A failure is kept in the connection as its TLS error, where callbacks.cpp
/// looks after each step of the handshake.
int install(WOLFSSL* ssl, WOLFSSL_ENCRYPTION_LEVEL at, const std::uint8_t* reading, const std::uint8_t* writing,
            std::size_t n) {
  auto* conn = conn_of(ssl);
  const auto level = ngtcp2_crypto_wolfssl_from_wolfssl_encryption_level(at);
  if ((!reading || ngtcp2_crypto_derive_and_install_rx_key(conn, nullptr, nullptr, nullptr, level, reading, n) == 0)
      && (!writing || ngtcp2_crypto_derive_and_install_tx_key(conn, nullptr, nullptr, nullptr, level, writing, n) == 0))
    return done;
  if (ngtcp2_conn_get_tls_error(conn) == 0) { // else the peer's transport parameters were at fault
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

int use_ours(int code, WOLFSSL_CTX* ctx) {
  static const WOLFSSL_QUIC_METHOD method{install, send_message, flush, send_alert};
  if (code != 0)
    return code;
  return wolfSSL_CTX_set_quic_method(ctx, &method) == WOLFSSL_SUCCESS ? 0 : -1;
}

} // namespace

int configure_client(WOLFSSL_CTX* ctx) { return use_ours(ngtcp2_crypto_wolfssl_configure_client_context(ctx), ctx); }
int configure_server(WOLFSSL_CTX* ctx) { return use_ours(ngtcp2_crypto_wolfssl_configure_server_context(ctx), ctx); }

} // namespace sluice::quic
