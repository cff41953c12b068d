// The end of a QUIC connection, and the error texts for it.
#include <sluice/protocols/quic/session_impl.hpp>

#include <algorithm>
#include <cstdio>

namespace sluice::quic {

namespace {

std::string milliseconds(std::chrono::milliseconds duration) { return std::to_string(duration.count()) + " ms"; }

} // namespace

std::string transport_error_name(std::uint64_t code) {
  constexpr const char* names[] = {"NO_ERROR",
                                   "INTERNAL_ERROR",
                                   "CONNECTION_REFUSED",
                                   "FLOW_CONTROL_ERROR",
                                   "STREAM_LIMIT_ERROR",
                                   "STREAM_STATE_ERROR",
                                   "FINAL_SIZE_ERROR",
                                   "FRAME_ENCODING_ERROR",
                                   "TRANSPORT_PARAMETER_ERROR",
                                   "CONNECTION_ID_LIMIT_ERROR",
                                   "PROTOCOL_VIOLATION",
                                   "INVALID_TOKEN",
                                   "APPLICATION_ERROR",
                                   "CRYPTO_BUFFER_EXCEEDED",
                                   "KEY_UPDATE_ERROR",
                                   "AEAD_LIMIT_REACHED",
                                   "NO_VIABLE_PATH",
                                   "VERSION_NEGOTIATION_ERROR"};
  if (code < std::size(names))
    return names[code];
  char text[40];
  std::snprintf(text, sizeof text,
                code >= NGTCP2_CRYPTO_ERROR && code < NGTCP2_CRYPTO_ERROR + 256 ? "CRYPTO_ERROR 0x%llx"
                                                                                : "error 0x%llx",
                static_cast<unsigned long long>(code));
  return text;
}

void session::impl::end(failure why) {
  if (over)
    return;
  over = true;
  problem = std::move(why);
}

void session::impl::end_if_caught() noexcept {
  if (!guard_ || over)
    return;
  ngtcp2_ccerr_set_transport_error(&error, NGTCP2_INTERNAL_ERROR, nullptr, 0);
  end(guard_.why());
  close_pending = conn != nullptr;
}

bool session::impl::usable_after(int code) noexcept {
  if (code == NGTCP2_ERR_NOMEM || code == NGTCP2_ERR_CALLBACK_FAILURE)
    guard_.fail(out_of_memory());
  end_if_caught();
  return !over;
}

failure session::impl::peer_reason() const {
  if (reset_statelessly)
    return {errc::connection_reset, caused_by::remote,
            who() + " no longer knows this connection (it sent a stateless reset); it may have been restarted"};
  const auto* close = ngtcp2_conn_get_ccerr(conn);
  const auto reason = close->reasonlen > 0
                          ? " ('" + printable({reinterpret_cast<const char*>(close->reason), close->reasonlen}) + "')"
                          : std::string{};
  if (close->type == NGTCP2_CCERR_TYPE_APPLICATION) {
    if (app.is_no_error(close->error_code))
      return {};
    return {app.closing_errc(close->error_code), caused_by::remote,
            who() + " closed the connection with " + app.error_name(close->error_code) + reason};
  }
  if (close->error_code >= NGTCP2_CRYPTO_ERROR && close->error_code < NGTCP2_CRYPTO_ERROR + 256) {
    auto why = tls::quic_alert_failure(*tls, static_cast<int>(close->error_code - NGTCP2_CRYPTO_ERROR));
    why.detail += reason;
    return why;
  }
  if (close->error_code == NGTCP2_NO_ERROR)
    return {};
  if (close->error_code == NGTCP2_CONNECTION_REFUSED)
    return {errc::connect_failed, caused_by::remote, who() + " refuses the connection (CONNECTION_REFUSED)" + reason};
  return {errc::connection_reset, caused_by::remote,
          who() + " closed the QUIC connection with " + transport_error_name(close->error_code) + reason};
}

void session::impl::end_by_peer() {
  auto why = peer_reason();
  closed_by_peer = !why;
  end(std::move(why));
}

void session::impl::end_by_flood() {
  ngtcp2_ccerr_set_transport_error(&error, NGTCP2_PROTOCOL_VIOLATION, nullptr, 0);
  error_text = "too many datagrams without progress";
  end({errc::flooded, caused_by::remote,
       who()
           + " floods the connection with datagrams that make no progress on any stream (limits idle_datagrams, "
             "idle_datagrams_a_second)"});
  close_pending = true;
}

bool session::impl::allows_messages(std::span<const std::byte> data) {
  const auto forbidden =
      messages.receive(data, is_server ? std::nullopt : std::optional{handshake_watch::new_session_ticket});
  if (!forbidden)
    return true;
  ngtcp2_ccerr_set_tls_alert(&error, 10 /* unexpected_message: RFC 9001 sections 4.4 and 6 */, nullptr, 0);
  end({errc::protocol_violation, caused_by::remote,
       who() + " sent a TLS message after the handshake that QUIC does not allow ("
           + (*forbidden == handshake_watch::key_update ? "KeyUpdate" : "type " + std::to_string(*forbidden)) + ")"});
  close_pending = true;
  return false;
}

void session::impl::end_by_library(int code) {
  if (over)
    return; // the application protocol has given the reason
  if (guard_)
    return end_if_caught();
  switch (code) {
    case NGTCP2_ERR_DRAINING: return end_by_peer();
    case NGTCP2_ERR_IDLE_CLOSE:
      return end({errc::peer_silent, caused_by::transport,
                  "nothing was received from " + who() + " within the idle timeout ("
                      + milliseconds(bounds.idle_timeout) + ", or less if " + who()
                      + " asked for less); the connection counts as dead"});
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return end({errc::connect_failed, caused_by::transport,
                  who() + " did not complete the QUIC handshake within " + milliseconds(handshake_bound())
                      + (knows_server() ? " (limit early_handshake_timeout)" : " (limit handshake_timeout)")
                      + "; a firewall may block UDP"});
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
      return end({errc::unsupported_protocol, caused_by::remote,
                  who() + " does not support QUIC version 1; it offers "
                      + (offered_versions.empty() ? "none" : offered_versions)});
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
      return end({errc::connection_closed, caused_by::remote, who() + " did not send a valid first packet"});
    default: break;
  }
  if (code == NGTCP2_ERR_CRYPTO) {
    const auto alert = ngtcp2_conn_get_tls_alert(conn);
    ngtcp2_ccerr_set_tls_alert(&error, alert ? alert : 40 /* handshake_failure */, nullptr, 0);
    end(tls::quic_handshake_failure(*tls));
  } else {
    ngtcp2_ccerr_set_liberr(&error, code, nullptr, 0);
    if (code == NGTCP2_ERR_INTERNAL) // ngtcp2's limit: 5000 gaps in a stream
      end({errc::flooded, caused_by::remote, who() + " sent a stream in too many pieces out of order"});
    else if (code == NGTCP2_ERR_NOMEM || code == NGTCP2_ERR_CALLBACK_FAILURE)
      end({errc::internal, caused_by::local, std::string{"QUIC with "} + who() + ": " + ngtcp2_strerror(code)});
    else if (code == NGTCP2_ERR_NO_VIABLE_PATH)
      end({errc::peer_silent, caused_by::transport, who() + " does not answer on any path (NO_VIABLE_PATH)"});
    else
      end({code == NGTCP2_ERR_FLOW_CONTROL ? errc::flow_control_violation : errc::protocol_violation, caused_by::remote,
           who() + " broke QUIC (" + transport_error_name(error.error_code) + "): " + ngtcp2_strerror(code)});
  }
  close_pending = true;
}

} // namespace sluice::quic
