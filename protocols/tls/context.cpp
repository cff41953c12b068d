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
  // Called by every context; a function-local static runs wolfSSL_Init() only once.
  static const int result = wolfSSL_Init();
  (void)result;
}

namespace {

// Only suites with forward secrecy and authenticated encryption. AES-128-GCM first: the fastest with AES instructions.
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

checked choose_alpn(shared_context& context, const std::vector<std::string>& names) {
  for (auto& name : names) {
    // Length: RFC 7301 section 3.1. Comma: the separator of the library's list.
    if (name.empty() || name.size() > 255 || name.find(',') != std::string::npos)
      return wrong_configuration("alpn", "\"" + name + "\" is not a protocol name (1 to 255 bytes, no comma)");
    context.alpn += (context.alpn.empty() ? "" : ",") + name;
  }
  return {};
}

// The settings that client and server have in common.
checked prepare(shared_context& context, bool server, version minimum, version maximum,
                const std::vector<std::string>& alpn) {
  initialise_library();
  if (minimum > maximum)
    return wrong_configuration("minimum", "is above maximum");
  context.is_server = server;
  context.ctx = wolfSSL_CTX_new(method(server, minimum, maximum));
  if (!context.ctx)
    return {errc::internal, caused_by::local, "the TLS library could not create a context"};
  if (minimum == version::tls1_2 && wolfSSL_CTX_SetMinVersion(context.ctx, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS)
    return wrong_configuration("minimum", "the TLS library was built without TLS 1.2");
  if (wolfSSL_CTX_set_cipher_list(context.ctx, cipher_suites) != WOLFSSL_SUCCESS)
    return {errc::internal, caused_by::local, "the TLS library supports none of the cipher suites that sluice uses"};
  std::array<int, 4> groups{WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_SECP521R1};
  if (maximum == version::tls1_3)
    wolfSSL_CTX_set_groups(context.ctx, groups.data(), static_cast<int>(groups.size()));
  install_callbacks(context.ctx);
  // The library's internal session cache is shared by the whole process. With it, a session of a context that asks for
  // no client certificate could be resumed in one that does. session_cache belongs to one context, and so do ticket
  // keys.
  wolfSSL_CTX_set_session_cache_mode(context.ctx, WOLFSSL_SESS_CACHE_BOTH | WOLFSSL_SESS_CACHE_NO_INTERNAL);
  return choose_alpn(context, alpn);
}

// A DNS name, or an IP address in the form that the library uses for the addresses in a certificate.
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
  if (!host.empty() && host.back() == '.') // RFC 6066 section 3: without a trailing dot
    host.pop_back();
  return {host, false};
}

bool is_plausible_host(const std::string& host) {
  if (host.empty() || host.size() > 255)
    return false;
  return std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

failure no_memory() { return {errc::internal, caused_by::local, "no memory for a TLS session"}; }

std::unique_ptr<session::impl> start(std::shared_ptr<shared_context> context,
                                     char on_alpn_mismatch = WOLFSSL_ALPN_CONTINUE_ON_MISMATCH, std::string alpn = {}) {
  auto started = std::make_unique<session::impl>();
  started->context = std::move(context);
  errno = 0;
  started->ssl = wolfSSL_new(started->context->ctx);
  if (!started->ssl) {
    // Each session seeds a random number generator, for which the library may open /dev/urandom.
    const auto hint = descriptors_hint(errno);
    started->error = hint.empty() ? no_memory()
                                  : failure{errc::connect_failed, caused_by::local,
                                            "TLS cannot read random numbers from /dev/urandom" + hint};
    return started;
  }
  wolfSSL_SetIOReadCtx(started->ssl, started.get());
  wolfSSL_SetIOWriteCtx(started->ssl, started.get());
  if (alpn.empty())
    alpn = started->context->alpn;
  if (!alpn.empty()) {
    if (wolfSSL_UseALPN(started->ssl, alpn.data(), static_cast<unsigned>(alpn.size()),
                        static_cast<unsigned char>(on_alpn_mismatch))
        != WOLFSSL_SUCCESS)
      started->error = no_memory(); // choose_alpn() has checked the names
  }
  return started;
}

/// Sets SNI and the name to verify. False: no memory.
bool expect_name(session::impl& connection, const peer_name& name, bool verify) {
  auto* ssl = connection.ssl;
  if (!name.is_address
      && wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, name.text.data(), static_cast<unsigned short>(name.text.size()))
             != WOLFSSL_SUCCESS)
    return false;
  if (!verify)
    return true;
  if (name.is_address)
    return wolfSSL_X509_VERIFY_PARAM_set1_ip_asc(wolfSSL_get0_param(ssl), name.text.c_str()) == WOLFSSL_SUCCESS;
  return wolfSSL_check_domain_name(ssl, name.text.c_str()) == WOLFSSL_SUCCESS;
}

void offer_earlier_session(session::impl& connection) {
  auto& sessions = connection.context->sessions;
  auto* earlier = sessions.copy(connection.origin, connection.resumed);
  if (!earlier)
    return;
  connection.offered_session = wolfSSL_set_session(connection.ssl, earlier) == WOLFSSL_SUCCESS;
  if (connection.offered_session)
    connection.early_bytes = wolfSSL_SESSION_get_max_early_data(earlier);
  else
    sessions.forget(connection.origin); // expired
  wolfSSL_SESSION_free(earlier);        // wolfSSL_set_session() has taken its own reference
}

} // namespace

// ---- client --------------------------------------------------------------------------------------

client_context::client_context(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)) {}
client_context::~client_context() = default;

namespace {

checked configure_client(shared_context& context, const client_config& config) {
  if (auto problem = prepare(context, false, config.minimum, config.maximum, config.alpn))
    return problem;
  context.verify = config.verify;
  wolfSSL_CTX_set_verify(context.ctx, config.verify ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE, nullptr);
  if (config.verify)
    if (auto problem = load_trust(context, config))
      return problem;
  if (auto problem = load_client_certificate(context, config))
    return problem;
  return open_key_log(context, config.key_log_file);
}

void begin_client(session::impl& connection, const std::string& host, std::uint16_t port) {
  connection.host = host;
  if (connection.error)
    return;
  auto name = canonical(host);
  if (!is_plausible_host(host) || name.text.empty()) {
    connection.error = {errc::invalid_url, caused_by::local,
                        "\"" + host + "\" is neither a host name nor an IP address"};
    return;
  }
  if (!expect_name(connection, name, connection.context->verify)) {
    connection.error = no_memory();
    return;
  }
  connection.origin = name.text + ":" + std::to_string(port);
  offer_earlier_session(connection);
}

} // namespace

result_or_failure<std::shared_ptr<client_context>> client_context::make(const client_config& config) {
  auto made = std::make_shared<impl>();
  if (auto problem = configure_client(*made, config))
    return problem;
  // No wolfSSL_CTX_UseSessionTicket() here, so TLS 1.2 resumes by session ID only. With TLS 1.2 tickets, wolfSSL 5.7.2
  // fails the handshake if the server no longer knows the ticket. TLS 1.3 tickets work without that call.
  return std::make_shared<client_context>(std::move(made));
}

std::unique_ptr<session> client_context::connect(const std::string& host, std::uint16_t port,
                                                 const std::string& protocols) {
  auto connection = start(impl_, WOLFSSL_ALPN_CONTINUE_ON_MISMATCH, protocols);
  begin_client(*connection, host, port);
  return std::make_unique<session>(std::move(connection));
}

// ---- server --------------------------------------------------------------------------------------

server_context::server_context(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)) {}
server_context::~server_context() = default;

namespace {

checked configure_server(shared_context& context, const server_config& config) {
  if (auto problem = prepare(context, true, config.minimum, config.maximum, config.alpn))
    return problem;
  if (auto problem = load_server_certificate(context, config))
    return problem;
  if (auto problem = require_client_certificates(context, config.client_ca_pem))
    return problem;
  wolfSSL_CTX_UseSessionTicket(context.ctx);
  wolfSSL_CTX_set_servername_callback(context.ctx,
                                      [](WOLFSSL*, int*, void*) { return 0; }); // needed for info().server_name
  return {};
}

} // namespace

result_or_failure<std::shared_ptr<server_context>> server_context::make(const server_config& config) {
  auto made = std::make_shared<impl>();
  if (auto problem = configure_server(*made, config))
    return problem;
  return std::make_shared<server_context>(std::move(made));
}

std::unique_ptr<session> server_context::accept() { return std::make_unique<session>(start(impl_)); }

// ---- QUIC ----------------------------------------------------------------------------------------

namespace {

checked fit_for_quic(shared_context& context, enable_quic enable) {
  if (context.alpn.empty()) // RFC 9001 section 8.1
    return wrong_configuration("alpn", "is empty: QUIC requires ALPN");
  if (enable(context.ctx) != 0)
    return {errc::internal, caused_by::local, "the TLS library was built without QUIC"};
  return {};
}

} // namespace

result_or_failure<std::shared_ptr<shared_context>> make_quic_client(client_config config, enable_quic enable) {
  auto context = std::make_shared<shared_context>();
  config.minimum = config.maximum = version::tls1_3;
  if (auto problem = configure_client(*context, config))
    return problem;
  if (auto problem = fit_for_quic(*context, enable))
    return problem;
  return context;
}

result_or_failure<std::shared_ptr<shared_context>> make_quic_server(server_config config, enable_quic enable) {
  auto context = std::make_shared<shared_context>();
  config.minimum = config.maximum = version::tls1_3;
  if (auto problem = configure_server(*context, config))
    return problem;
  if (auto problem = fit_for_quic(*context, enable))
    return problem;
  return context;
}

std::unique_ptr<session::impl> start_quic_client(std::shared_ptr<shared_context> context, const std::string& host,
                                                 std::uint16_t port) {
  auto connection = start(std::move(context));
  begin_client(*connection, host, port);
  return connection;
}

std::unique_ptr<session::impl> start_quic_server(std::shared_ptr<shared_context> context) {
  return start(std::move(context), WOLFSSL_ALPN_FAILED_ON_MISMATCH);
}

failure quic_handshake_failure(session::impl& connection) {
  const int code = wolfSSL_get_error(connection.ssl, -1);
  if (code == 0 || code == WOLFSSL_ERROR_WANT_READ) // the QUIC library failed, not TLS
    connection.fail(
        {errc::internal, caused_by::local, "QUIC could not continue the TLS handshake; memory may have run out"});
  else
    connection.fail(explain(connection, code));
  return connection.error;
}

failure quic_alert_failure(session::impl& connection, int alert) {
  connection.fail(explain_alert(connection, alert));
  return connection.error;
}

} // namespace sluice::tls
