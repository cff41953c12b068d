#include <sluice/protocols/descriptors.hpp>
#include <sluice/protocols/tls/context.hpp>
#include <sluice/protocols/tls/credentials.hpp>
#include <sluice/protocols/tls/quic_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace sluice::tls {

struct client_context::impl : shared_context {};
struct server_context::impl : shared_context {};

shared_context::~shared_context() {
  if (ctx)
    wolfSSL_CTX_free(ctx);
  if (key_log >= 0)
    ::close(key_log);
}

void initialise_library() {
  // The library's own count is thread-safe, but its first use is best over before threads run.
  static const int result = wolfSSL_Init();
  (void)result;
}

namespace {

// AES-128-GCM first: with AES instructions nothing is cheaper. Only suites with forward secrecy and authenticated
// encryption.
constexpr const char* cipher_suites = "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
                                      "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-"
                                      "GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

WOLFSSL_METHOD* method(bool server, version minimum, version maximum) {
  if (maximum == version::tls1_2)
    return server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
  if (minimum == version::tls1_3)
    return server ? wolfTLSv1_3_server_method() : wolfTLSv1_3_client_method();
  return server ? wolfSSLv23_server_method() : wolfSSLv23_client_method();
}

checked choose_alpn(shared_context& x, const std::vector<std::string>& names) {
  for (auto& name : names) {
    // RFC 7301 3.1 bounds a name; the library's list is separated by commas.
    if (name.empty() || name.size() > 255 || name.find(',') != std::string::npos)
      return wrong_configuration("alpn", "\"" + name + "\" is not a protocol name (1 to 255 bytes, no comma)");
    x.alpn += (x.alpn.empty() ? "" : ",") + name;
  }
  return {};
}

// What both sides need.
checked prepare(shared_context& x, bool server, version minimum, version maximum,
                const std::vector<std::string>& alpn) {
  initialise_library();
  if (minimum > maximum)
    return wrong_configuration("minimum", "above maximum");
  x.is_server = server;
  x.ctx = wolfSSL_CTX_new(method(server, minimum, maximum));
  if (!x.ctx)
    return {errc::internal, caused_by::local, "no TLS context could be made"};
  if (minimum == version::tls1_2 && wolfSSL_CTX_SetMinVersion(x.ctx, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS)
    return wrong_configuration("minimum", "TLS 1.2 is not built in");
  if (wolfSSL_CTX_set_cipher_list(x.ctx, cipher_suites) != WOLFSSL_SUCCESS)
    return {errc::internal, caused_by::local, "the TLS library has none of our cipher suites"};
  std::array<int, 4> groups{WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_SECP521R1};
  if (maximum == version::tls1_3)
    wolfSSL_CTX_set_groups(x.ctx, groups.data(), static_cast<int>(groups.size()));
  install_callbacks(x.ctx);
  // The library's table of sessions is one for the whole process: a session of a context that asked for no client
  // certificate would be resumed in one that does. Ours is the context's own; tickets are under each context's own key.
  wolfSSL_CTX_set_session_cache_mode(x.ctx, WOLFSSL_SESS_CACHE_BOTH | WOLFSSL_SESS_CACHE_NO_INTERNAL);
  return choose_alpn(x, alpn);
}

// A DNS name as the certificate spells it, or an IP address in the form in which the library prints a certificate's.
struct peer_name {
  std::string text;
  bool is_address = false;
};

peer_name canonical(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  unsigned char bytes[16];
  char text[64];
  if (inet_pton(AF_INET, host.c_str(), bytes) == 1)
    return {host, true};
  if (inet_pton(AF_INET6, host.c_str(), bytes) == 1) {
    int at = 0;
    for (int i = 0; i < 16; i += 2)
      at += std::snprintf(text + at, sizeof text - static_cast<std::size_t>(at), "%s%02X%02X", i ? ":" : "", bytes[i],
                          bytes[i + 1]);
    return {text, true};
  }
  if (!host.empty() && host.back() == '.') // RFC 6066 3: without the root's dot
    host.pop_back();
  return {host, false};
}

bool is_plausible_host(const std::string& x) {
  if (x.empty() || x.size() > 255)
    return false;
  return std::all_of(x.begin(), x.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

failure no_memory() { return {errc::internal, caused_by::local, "no memory for a TLS session"}; }

std::unique_ptr<session::impl> start(std::shared_ptr<shared_context> context,
                                     char on_alpn_mismatch = WOLFSSL_ALPN_CONTINUE_ON_MISMATCH, std::string alpn = {}) {
  auto x = std::make_unique<session::impl>();
  x->context = std::move(context);
  errno = 0;
  x->ssl = wolfSSL_new(x->context->ctx);
  if (!x->ssl) {
    // Each session seeds a generator of random numbers, for which the library may open /dev/urandom.
    const auto hint = descriptors_hint(errno);
    x->error = hint.empty() ? no_memory()
                            : failure{errc::connect_failed, caused_by::local,
                                      "TLS cannot read random numbers from /dev/urandom" + hint};
    return x;
  }
  wolfSSL_SetIOReadCtx(x->ssl, x.get());
  wolfSSL_SetIOWriteCtx(x->ssl, x.get());
  if (alpn.empty())
    alpn = x->context->alpn;
  if (!alpn.empty()) {
    if (wolfSSL_UseALPN(x->ssl, alpn.data(), static_cast<unsigned>(alpn.size()),
                        static_cast<unsigned char>(on_alpn_mismatch))
        != WOLFSSL_SUCCESS)
      x->error = no_memory(); // the names were checked when the context was made
  }
  return x;
}

/// False: no memory, as the name is one.
bool expect_name(session::impl& x, const peer_name& name, bool verify) {
  if (!name.is_address
      && wolfSSL_UseSNI(x.ssl, WOLFSSL_SNI_HOST_NAME, name.text.data(), static_cast<unsigned short>(name.text.size()))
             != WOLFSSL_SUCCESS)
    return false;
  if (!verify)
    return true;
  if (name.is_address)
    return wolfSSL_X509_VERIFY_PARAM_set1_ip_asc(wolfSSL_get0_param(x.ssl), name.text.c_str()) == WOLFSSL_SUCCESS;
  return wolfSSL_check_domain_name(x.ssl, name.text.c_str()) == WOLFSSL_SUCCESS;
}

void offer_earlier_session(session::impl& x) {
  auto* earlier = x.context->sessions.copy(x.origin, x.resumed);
  if (!earlier)
    return;
  x.offered_session = wolfSSL_set_session(x.ssl, earlier) == WOLFSSL_SUCCESS;
  if (x.offered_session)
    x.early_bytes = wolfSSL_SESSION_get_max_early_data(earlier);
  else
    x.context->sessions.forget(x.origin); // too old
  wolfSSL_SESSION_free(earlier);          // the library counted its own reference
}

} // namespace

// ---- client --------------------------------------------------------------------------------------

client_context::client_context(std::shared_ptr<impl> x) noexcept : impl_(std::move(x)) {}
client_context::~client_context() = default;

namespace {

checked configure_client(shared_context& x, const client_config& c) {
  if (auto e = prepare(x, false, c.minimum, c.maximum, c.alpn))
    return e;
  x.verify = c.verify;
  wolfSSL_CTX_set_verify(x.ctx, c.verify ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE, nullptr);
  if (c.verify)
    if (auto e = load_trust(x, c))
      return e;
  if (auto e = load_client_certificate(x, c))
    return e;
  return open_key_log(x, c.key_log_file);
}

void begin_client(session::impl& x, const std::string& host, std::uint16_t port) {
  x.host = host;
  if (x.error)
    return;
  auto name = canonical(host);
  if (!is_plausible_host(host) || name.text.empty()) {
    x.error = {errc::invalid_url, caused_by::local, "\"" + host + "\" is neither a host name nor an IP address"};
    return;
  }
  if (!expect_name(x, name, x.context->verify)) {
    x.error = no_memory();
    return;
  }
  x.origin = name.text + ":" + std::to_string(port);
  offer_earlier_session(x);
}

} // namespace

result_or_failure<std::shared_ptr<client_context>> client_context::make(const client_config& c) {
  auto x = std::make_shared<impl>();
  if (auto e = configure_client(*x, c))
    return e;
  // TLS 1.2 resumes by session id alone, so no wolfSSL_CTX_UseSessionTicket here: version 5.7.2 takes any server that
  // no longer knows a 1.2 ticket for one that resumes, and breaks the handshake. TLS 1.3 needs no such call.
  return std::make_shared<client_context>(std::move(x));
}

std::unique_ptr<session> client_context::connect(const std::string& host, std::uint16_t port,
                                                 const std::string& protocols) {
  auto x = start(impl_, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH, protocols);
  begin_client(*x, host, port);
  return std::make_unique<session>(std::move(x));
}

// ---- server --------------------------------------------------------------------------------------

server_context::server_context(std::shared_ptr<impl> x) noexcept : impl_(std::move(x)) {}
server_context::~server_context() = default;

namespace {

checked configure_server(shared_context& x, const server_config& c) {
  if (auto e = prepare(x, true, c.minimum, c.maximum, c.alpn))
    return e;
  if (auto e = load_server_certificate(x, c))
    return e;
  if (auto e = require_client_certificates(x, c.client_ca_pem))
    return e;
  wolfSSL_CTX_UseSessionTicket(x.ctx);
  wolfSSL_CTX_set_servername_callback(x.ctx, [](WOLFSSL*, int*, void*) { return 0; }); // keeps the name for info()
  return {};
}

} // namespace

result_or_failure<std::shared_ptr<server_context>> server_context::make(const server_config& c) {
  auto x = std::make_shared<impl>();
  if (auto e = configure_server(*x, c))
    return e;
  return std::make_shared<server_context>(std::move(x));
}

std::unique_ptr<session> server_context::accept() { return std::make_unique<session>(start(impl_)); }

// ---- QUIC ----------------------------------------------------------------------------------------

namespace {

checked fit_for_quic(shared_context& x, enable_quic enable) {
  if (x.alpn.empty()) // RFC 9001 section 8.1
    return wrong_configuration("alpn", "empty: QUIC needs a protocol to agree on");
  if (enable(x.ctx) != 0)
    return {errc::internal, caused_by::local, "the TLS library was built without QUIC"};
  return {};
}

} // namespace

result_or_failure<std::shared_ptr<shared_context>> make_quic_client(client_config c, enable_quic enable) {
  auto x = std::make_shared<shared_context>();
  c.minimum = c.maximum = version::tls1_3;
  if (auto e = configure_client(*x, c))
    return e;
  if (auto e = fit_for_quic(*x, enable))
    return e;
  return x;
}

result_or_failure<std::shared_ptr<shared_context>> make_quic_server(server_config c, enable_quic enable) {
  auto x = std::make_shared<shared_context>();
  c.minimum = c.maximum = version::tls1_3;
  if (auto e = configure_server(*x, c))
    return e;
  if (auto e = fit_for_quic(*x, enable))
    return e;
  return x;
}

std::unique_ptr<session::impl> start_quic_client(std::shared_ptr<shared_context> context, const std::string& host,
                                                 std::uint16_t port) {
  auto x = start(std::move(context));
  begin_client(*x, host, port);
  return x;
}

std::unique_ptr<session::impl> start_quic_server(std::shared_ptr<shared_context> context) {
  return start(std::move(context), WOLFSSL_ALPN_FAILED_ON_MISMATCH);
}

failure quic_handshake_failure(session::impl& x) {
  const int code = wolfSSL_get_error(x.ssl, -1);
  if (code == 0 || code == WOLFSSL_ERROR_WANT_READ) // QUIC's helper failed, not TLS
    x.fail({errc::internal, caused_by::local, "QUIC could not go on with the TLS handshake; memory may have run out"});
  else
    x.fail(explain(x, code));
  return x.error;
}

failure quic_alert_failure(session::impl& x, int alert) {
  x.fail(explain_alert(x, alert));
  return x.error;
}

} // namespace sluice::tls
