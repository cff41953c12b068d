// Converts error codes of the TLS library into failures.
#include <sluice/protocols/tls/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <algorithm>
#include <string_view>

namespace sluice::tls {

namespace {

std::string reason_of(int code) {
  auto* text = wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(code));
  return (text ? std::string(text) : std::string("unknown error")) + " (" + std::to_string(code) + ")";
}

// Alerts with which a server asks for a client certificate or rejects it (RFC 8446 section 6.2, RFC 5246
// section 7.2.2).
bool is_about_our_certificate(int alert) {
  return alert == handshake_failure || (alert >= bad_certificate && alert <= certificate_unknown) || alert == unknown_ca
         || alert == access_denied || alert == certificate_required;
}

failure alert_received(const session::impl& connection, const std::string& who, int alert) {
  auto* text = alert == certificate_required ? "certificate_required" : wolfSSL_alert_desc_string_long(alert);
  std::string detail =
      who + " refused with the TLS alert \"" + (text ? text : "unknown") + "\" (" + std::to_string(alert) + ")";
  if (!connection.host.empty() && is_about_our_certificate(alert))
    return {
        errc::tls_handshake, caused_by::remote,
        detail + "; it may want a client certificate that it trusts (--cert and --key, certificate_file and key_file)"};
  return {connection.established ? errc::tls_protocol : errc::tls_handshake, caused_by::remote, std::move(detail)};
}

} // namespace

failure explain_alert(const session::impl& connection, int alert) {
  return alert_received(connection, connection.host.empty() ? "the client" : connection.host, alert);
}

failure explain_plain_text(const session::impl& connection) {
  const std::string_view first{connection.first.data(), connection.first_size};
  // A TLS record does not begin with a printable character (RFC 8446 section B.1).
  const bool is_text = std::all_of(first.begin(), first.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (connection.established || connection.host.empty() || first.empty() || !is_text)
    return {};
  if (first == "HTTP/")
    return {errc::tls_handshake, caused_by::remote,
            connection.host + " answered in plain HTTP, not in TLS: this port speaks plain HTTP, use http:// for it"};
  return {errc::tls_handshake, caused_by::remote,
          connection.host + " answered with plain text ('" + std::string(first)
              + "...'), not in TLS: this port speaks another protocol"};
}

failure explain(const session::impl& connection, int code) {
  auto who = connection.host.empty() ? std::string("the client") : connection.host;
  switch (code) {
    case DOMAIN_NAME_MISMATCH:
    case IPADDR_MISMATCH:
      return {errc::tls_host_mismatch, caused_by::remote,
              "the certificate that " + who + " showed is for another name: " + reason_of(code)
                  + "; use a name that it lists, or let the server show one for this name"};
    case ASN_AFTER_DATE_E:
      return {errc::tls_certificate_expired, caused_by::remote,
              "a certificate that " + who + " showed has expired: " + reason_of(code) + "; its owner must renew it"};
    case ASN_BEFORE_DATE_E:
      return {errc::tls_certificate_expired, caused_by::remote,
              "a certificate that " + who + " showed is not valid yet: " + reason_of(code)
                  + "; check this machine's clock"};
    case ASN_NO_SIGNER_E:
    case ASN_SELF_SIGNED_E:
    case ASN_SIG_CONFIRM_E:
    case ASN_SIG_HASH_E:
    case ASN_SIG_KEY_E:
    case ASN_SIG_OID_E:
    case ASN_PATHLEN_INV_E:
    case ASN_PATHLEN_SIZE_E:
    case ASN_NAME_INVALID_E:
    case ASN_CRIT_EXT_E:
    case MAX_CHAIN_ERROR:
    case KEYUSAGE_E:
    case EXTKEYUSAGE_E:
      return {errc::tls_untrusted_certificate, caused_by::remote,
              "the certificate that " + who + " showed is not trusted by " + connection.context->trust + ": "
                  + reason_of(code) + "; if you trust it, give the authority that signed it with "
                  + (connection.host.empty() ? "client_ca_pem" : "ca_file")};
    case NO_PEER_CERT:
      return {errc::tls_handshake, caused_by::remote, who + " showed no certificate: " + reason_of(code)};
    case MEMORY_E:
    case BAD_FUNC_ARG:
    case BAD_STATE_E: return {errc::internal, caused_by::local, "TLS with " + who + ": " + reason_of(code)};
    default: break;
  }
  if (auto why = explain_plain_text(connection))
    return why;
  WOLFSSL_ALERT_HISTORY alerts{};
  if (code == FATAL_ERROR && wolfSSL_get_alert_history(connection.ssl, &alerts) == WOLFSSL_SUCCESS
      && alerts.last_rx.code >= 0)
    return alert_received(connection, who, alerts.last_rx.code);
  if (connection.established)
    return {errc::tls_protocol, caused_by::remote, "bad TLS data from " + who + ": " + reason_of(code)};
  return {errc::tls_handshake, caused_by::remote, "the TLS handshake with " + who + " failed: " + reason_of(code)};
}

} // namespace sluice::tls
