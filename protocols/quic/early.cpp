// Early data: what a QUIC connection sends and accepts before its handshake is complete (0-RTT, RFC 9001 section 4.6).
#include <sluice/protocols/quic/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

namespace sluice::quic {

/// The handshake of a client is complete: reports rejected early data, and stores the transport parameters.
void session::impl::end_early() {
  if (early && wolfSSL_get_early_data_status(tls->ssl) != WOLFSSL_EARLY_DATA_ACCEPTED) {
    ngtcp2_conn_tls_early_data_rejected(conn);
    unsent_ends.clear();
    app.on_early_rejected();
  }
  remember_parameters();
}

/// Stores the server's transport parameters for early data on the next connection; the session cache keeps them with
/// the ticket.
void session::impl::remember_parameters() {
  std::uint8_t bytes[256];
  if (const auto n = ngtcp2_conn_encode_0rtt_transport_params(conn, bytes, sizeof bytes); n > 0)
    tls->quic_parameters.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(n));
}

/// A server that accepts early data sends responses before the handshake is complete.
void session::impl::on_sending_key() {
  if (!bounds.early_data || over)
    return;
  early = true;
  app.on_ready();
}

/// Whether the ticket and the transport parameters of an earlier connection permit early data (RFC 9001 section 4.6.1).
bool session::impl::knows_server() const {
  return bounds.early_data && tls->early_bytes == UINT32_MAX && !tls->resumed.quic_parameters.empty();
}

bool session::impl::begin_early() {
  const auto& known = tls->resumed.quic_parameters;
  return knows_server()
         && ngtcp2_conn_decode_and_set_0rtt_transport_params(conn, reinterpret_cast<const std::uint8_t*>(known.data()),
                                                             known.size())
                == 0;
}

} // namespace sluice::quic
