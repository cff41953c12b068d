#include <sluice/protocols/tls/context.hpp>
#include <sluice/protocols/tls/session_impl.hpp>

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace sluice::tls {

struct client_context::impl : shared_context {
  bool verify = true;
};
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

using checked = failure; // errc::none: fine

failure wrong(const std::string& field, const std::string& why) {
  return {errc::invalid_configuration, caused_by::local, "TLS configuration, " + field + ": " + why};
}

std::string reason_of(int code) {
  auto* text = wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(code));
  return text ? text : "unknown error";
}

// AES-128-GCM first: with AES instructions nothing is cheaper. Only suites with forward secrecy and authenticated encryption.
constexpr const char* cipher_suites =
  "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
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
      return wrong("alpn", "\"" + name + "\" is not a protocol name (1 to 255 bytes, no comma)");
    x.alpn += (x.alpn.empty() ? "" : ",") + name;
  }
  return {};
}

// What both sides need.
checked prepare(shared_context& x, bool server, version minimum, version maximum, const std::vector<std::string>& alpn) {
  initialise_library();
  if (minimum > maximum)
    return wrong("minimum", "above maximum");
  x.is_server = server;
  x.ctx = wolfSSL_CTX_new(method(server, minimum, maximum));
  if (!x.ctx)
    return {errc::internal, caused_by::local, "no TLS context could be made"};
  if (minimum == version::tls1_2 && wolfSSL_CTX_SetMinVersion(x.ctx, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS)
    return wrong("minimum", "TLS 1.2 is not built in");
  if (wolfSSL_CTX_set_cipher_list(x.ctx, cipher_suites) != WOLFSSL_SUCCESS)
    return {errc::internal, caused_by::local, "the TLS library has none of our cipher suites"};
  std::array<int, 4> groups{WOLFSSL_ECC_X25519, WOLFSSL_ECC_SECP256R1, WOLFSSL_ECC_SECP384R1, WOLFSSL_ECC_SECP521R1};
  if (maximum == version::tls1_3)
    wolfSSL_CTX_set_groups(x.ctx, groups.data(), static_cast<int>(groups.size()));
  install_callbacks(x.ctx);
  return choose_alpn(x, alpn);
}

checked load_certificate_files(WOLFSSL_CTX* ctx, const client_config& c) {
  if (c.certificate_file.empty() != c.key_file.empty())
    return wrong(c.key_file.empty() ? "key_file" : "certificate_file", "missing: a client certificate needs both files");
  if (c.certificate_file.empty())
    return {};
  if (wolfSSL_CTX_use_certificate_chain_file(ctx, c.certificate_file.c_str()) != WOLFSSL_SUCCESS)
    return wrong("certificate_file", "cannot read a PEM certificate chain from " + c.certificate_file);
  if (wolfSSL_CTX_use_PrivateKey_file(ctx, c.key_file.c_str(), WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
    return wrong("key_file", "cannot read a PEM private key from " + c.key_file);
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS)
    return wrong("key_file", c.key_file + " is not the key of the certificate in " + c.certificate_file);
  return {};
}

int load_authorities(WOLFSSL_CTX* ctx, const std::string& pem) {
  // Dates are checked when a certificate is used, so that an old one in a bundle spoils nothing.
  return wolfSSL_CTX_load_verify_buffer_ex(ctx, reinterpret_cast<const unsigned char*>(pem.data()), static_cast<long>(pem.size()),
                                           WOLFSSL_FILETYPE_PEM, 0, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
}

// Where distributions keep their bundle. A file is much quicker than a directory of thousands of files.
constexpr std::initializer_list<const char*> system_bundles{
  "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

bool load_system_authorities(WOLFSSL_CTX* ctx, std::string& which) {
  for (auto* path : system_bundles) {
    if (::access(path, R_OK) != 0)
      continue;
    if (wolfSSL_CTX_load_verify_locations_ex(ctx, path, nullptr, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY | WOLFSSL_LOAD_FLAG_IGNORE_ERR) ==
        WOLFSSL_SUCCESS) {
      which = path;
      return true;
    }
  }
  which = "the system's certificates";
  return wolfSSL_CTX_load_system_CA_certs(ctx) == WOLFSSL_SUCCESS;
}

checked load_trust(shared_context& x, const client_config& c) {
  if (c.ca_file.empty()) {
    if (!load_system_authorities(x.ctx, x.trust) && c.ca_pem.empty())
      return wrong("ca_file", "this system has no CA bundle (Debian: package ca-certificates); name a PEM file, or turn verify off");
  } else {
    x.trust = c.ca_file;
    int result = wolfSSL_CTX_load_verify_locations_ex(x.ctx, c.ca_file.c_str(), nullptr, WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
    if (result != WOLFSSL_SUCCESS)
      return wrong("ca_file", "cannot read PEM certificates from " + c.ca_file + ": " + reason_of(result));
  }
  if (c.ca_pem.empty())
    return {};
  x.trust += " and ca_pem";
  if (int result = load_authorities(x.ctx, c.ca_pem); result != WOLFSSL_SUCCESS)
    return wrong("ca_pem", "no PEM certificates: " + reason_of(result));
  return {};
}

void on_key_log(const WOLFSSL* ssl, const char* line) {
  auto* x = static_cast<session::impl*>(wolfSSL_GetIOReadCtx(const_cast<WOLFSSL*>(ssl)));
  char text[512];
  int n = std::snprintf(text, sizeof text, "%s\n", line);
  // One append of the whole line, so that connections on other threads cannot tear it. A full disk loses it: no harm.
  if (x && n > 0 && static_cast<std::size_t>(n) < sizeof text)
    (void)!::write(x->context->key_log, text, static_cast<std::size_t>(n));
}

checked open_key_log(shared_context& x, const std::string& path) {
  if (path.empty())
    return {};
  x.key_log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); // it decrypts everything: for its owner only
  if (x.key_log < 0)
    return wrong("key_log_file", "cannot write to " + path + ": " + std::strerror(errno));
  wolfSSL_CTX_set_keylog_callback(x.ctx, on_key_log);
  return {};
}

checked load_server_certificate(WOLFSSL_CTX* ctx, const server_config& c) {
  auto bytes = [](const std::string& x) { return reinterpret_cast<const unsigned char*>(x.data()); };
  if (c.certificate_pem.empty() || wolfSSL_CTX_use_certificate_chain_buffer(ctx, bytes(c.certificate_pem),
                                                                            static_cast<long>(c.certificate_pem.size())) != WOLFSSL_SUCCESS)
    return wrong("certificate_pem", "not a PEM certificate chain");
  if (c.key_pem.empty() || wolfSSL_CTX_use_PrivateKey_buffer(ctx, bytes(c.key_pem), static_cast<long>(c.key_pem.size()),
                                                             WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
    return wrong("key_pem", "not a PEM private key");
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS)
    return wrong("key_pem", "not the key of certificate_pem");
  return {};
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
      at += std::snprintf(text + at, sizeof text - static_cast<std::size_t>(at), "%s%02X%02X", i ? ":" : "", bytes[i], bytes[i + 1]);
    return {text, true};
  }
  if (!host.empty() && host.back() == '.') // RFC 6066 3: without the root's dot
    host.pop_back();
  return {host, false};
}

bool is_plausible_host(const std::string& x) {
  if (x.empty() || x.size() > 255)
    return false;
  for (unsigned char c : x)
    if (c <= ' ' || c >= 0x7f)
      return false;
  return true;
}

std::unique_ptr<session::impl> start(std::shared_ptr<shared_context> context) {
  auto x = std::make_unique<session::impl>();
  x->context = std::move(context);
  x->ssl = wolfSSL_new(x->context->ctx);
  if (!x->ssl) {
    x->error = {errc::internal, caused_by::local, "no memory for a TLS session"};
    return x;
  }
  wolfSSL_SetIOReadCtx(x->ssl, x.get());
  wolfSSL_SetIOWriteCtx(x->ssl, x.get());
  if (!x->context->alpn.empty()) {
    auto alpn = x->context->alpn; // the library takes a pointer to non-const
    wolfSSL_UseALPN(x->ssl, alpn.data(), static_cast<unsigned>(alpn.size()), WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
  }
  return x;
}

bool expect_name(session::impl& x, const peer_name& name, bool verify) {
  if (!name.is_address &&
      wolfSSL_UseSNI(x.ssl, WOLFSSL_SNI_HOST_NAME, name.text.data(), static_cast<unsigned short>(name.text.size())) != WOLFSSL_SUCCESS)
    return false;
  if (!verify)
    return true;
  if (name.is_address)
    return wolfSSL_X509_VERIFY_PARAM_set1_ip_asc(wolfSSL_get0_param(x.ssl), name.text.c_str()) == WOLFSSL_SUCCESS;
  return wolfSSL_check_domain_name(x.ssl, name.text.c_str()) == WOLFSSL_SUCCESS;
}

void offer_earlier_session(session::impl& x) {
  auto* earlier = x.context->sessions.copy(x.origin, x.resumed_subject);
  if (!earlier)
    return;
  x.offered_session = wolfSSL_set_session(x.ssl, earlier) == WOLFSSL_SUCCESS;
  if (!x.offered_session)
    x.context->sessions.forget(x.origin); // too old
  wolfSSL_SESSION_free(earlier);          // the library counted its own reference
}

} // namespace

// ---- client --------------------------------------------------------------------------------------

client_context::client_context(std::shared_ptr<impl> x) noexcept : impl_(std::move(x)) {}
client_context::~client_context() = default;

result_or_failure<std::shared_ptr<client_context>> client_context::make(const client_config& c) {
  auto x = std::make_shared<impl>();
  if (auto e = prepare(*x, false, c.minimum, c.maximum, c.alpn))
    return e;
  x->verify = c.verify;
  wolfSSL_CTX_set_verify(x->ctx, c.verify ? WOLFSSL_VERIFY_PEER : WOLFSSL_VERIFY_NONE, nullptr);
  if (c.verify)
    if (auto e = load_trust(*x, c))
      return e;
  if (auto e = load_certificate_files(x->ctx, c))
    return e;
  if (auto e = open_key_log(*x, c.key_log_file))
    return e;
  // Ours holds them by origin and is bounded; the library's is one table for the whole process.
  wolfSSL_CTX_set_session_cache_mode(x->ctx, WOLFSSL_SESS_CACHE_CLIENT | WOLFSSL_SESS_CACHE_NO_INTERNAL);
  wolfSSL_CTX_UseSessionTicket(x->ctx);
  return std::make_shared<client_context>(std::move(x));
}

std::unique_ptr<session> client_context::connect(const std::string& host, std::uint16_t port) {
  auto x = start(impl_);
  x->host = host;
  if (x->error)
    return std::make_unique<session>(std::move(x));
  auto name = canonical(host);
  if (!is_plausible_host(name.text) || !expect_name(*x, name, impl_->verify)) {
    x->error = {errc::invalid_url, caused_by::local, "\"" + host + "\" is neither a host name nor an IP address"};
    return std::make_unique<session>(std::move(x));
  }
  x->origin = name.text + ":" + std::to_string(port);
  offer_earlier_session(*x);
  return std::make_unique<session>(std::move(x));
}

// ---- server --------------------------------------------------------------------------------------

server_context::server_context(std::shared_ptr<impl> x) noexcept : impl_(std::move(x)) {}
server_context::~server_context() = default;

result_or_failure<std::shared_ptr<server_context>> server_context::make(const server_config& c) {
  auto x = std::make_shared<impl>();
  if (auto e = prepare(*x, true, c.minimum, c.maximum, c.alpn))
    return e;
  if (auto e = load_server_certificate(x->ctx, c))
    return e;
  x->trust = "client_ca_pem";
  if (!c.client_ca_pem.empty()) {
    if (int result = load_authorities(x->ctx, c.client_ca_pem); result != WOLFSSL_SUCCESS)
      return wrong("client_ca_pem", "no PEM certificates: " + reason_of(result));
    wolfSSL_CTX_set_verify(x->ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    wolfSSL_CTX_set_verify(x->ctx, WOLFSSL_VERIFY_NONE, nullptr);
  }
  wolfSSL_CTX_UseSessionTicket(x->ctx);
  return std::make_shared<server_context>(std::move(x));
}

std::unique_ptr<session> server_context::accept() { return std::make_unique<session>(start(impl_)); }

} // namespace sluice::tls
