#include <sluice/protocols/tls/credentials.hpp>
#include <sluice/protocols/tls/session_impl.hpp>

#include <wolfssl/options.h> // first: the build options of the library

#include <wolfssl/ssl.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace sluice::tls {

namespace {

std::string reason_of(int code) {
  auto* text = wolfSSL_ERR_reason_error_string(static_cast<unsigned long>(code));
  return text ? text : "unknown error";
}

int load_authorities(WOLFSSL_CTX* ctx, const std::string& pem) {
  // Without the flag an expired certificate would make the whole bundle fail. Dates are checked at verification.
  return wolfSSL_CTX_load_verify_buffer_ex(ctx, reinterpret_cast<const unsigned char*>(pem.data()),
                                           static_cast<long>(pem.size()), WOLFSSL_FILETYPE_PEM, 0,
                                           WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
}

// The CA bundles of common distributions. Loading one file is much faster than loading a directory.
constexpr std::initializer_list<const char*> system_bundles{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

/// `which`: the file that was loaded, for error texts.
bool load_system_authorities(WOLFSSL_CTX* ctx, std::string& which) {
  for (auto* path : system_bundles) {
    if (::access(path, R_OK) != 0)
      continue;
    if (wolfSSL_CTX_load_verify_locations_ex(ctx, path, nullptr,
                                             WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY | WOLFSSL_LOAD_FLAG_IGNORE_ERR)
        == WOLFSSL_SUCCESS) {
      which = path;
      return true;
    }
  }
  which = "the system's certificates";
  return wolfSSL_CTX_load_system_CA_certs(ctx) == WOLFSSL_SUCCESS;
}

void on_key_log(const WOLFSSL* ssl, const char* line) {
  auto* connection = static_cast<session::impl*>(wolfSSL_GetIOReadCtx(const_cast<WOLFSSL*>(ssl)));
  char text[512];
  int n = std::snprintf(text, sizeof text, "%s\n", line);
  // One write() with O_APPEND for the whole line: lines of other threads do not mix with it. Errors are ignored.
  if (connection && n > 0 && static_cast<std::size_t>(n) < sizeof text)
    (void)!::write(connection->context->key_log, text, static_cast<std::size_t>(n));
}

} // namespace

failure wrong_configuration(const std::string& field, const std::string& why) {
  return {errc::invalid_configuration, caused_by::local, "TLS configuration, " + field + ": " + why};
}

checked load_trust(shared_context& context, const client_config& config) {
  if (config.ca_file.empty()) {
    if (!load_system_authorities(context.ctx, context.trust) && config.ca_pem.empty())
      return wrong_configuration(
          "ca_file",
          "this system has no CA bundle (Debian: package ca-certificates); name a PEM file, or turn verify off");
  } else {
    context.trust = config.ca_file;
    int result = wolfSSL_CTX_load_verify_locations_ex(context.ctx, config.ca_file.c_str(), nullptr,
                                                      WOLFSSL_LOAD_FLAG_DATE_ERR_OKAY);
    if (result != WOLFSSL_SUCCESS)
      return wrong_configuration("ca_file",
                                 "cannot read PEM certificates from " + config.ca_file + ": " + reason_of(result));
  }
  if (config.ca_pem.empty())
    return {};
  context.trust += " and ca_pem";
  if (int result = load_authorities(context.ctx, config.ca_pem); result != WOLFSSL_SUCCESS)
    return wrong_configuration("ca_pem", "no PEM certificates: " + reason_of(result));
  return {};
}

checked load_client_certificate(shared_context& context, const client_config& config) {
  auto* ctx = context.ctx;
  if (config.certificate_file.empty() != config.key_file.empty())
    return wrong_configuration(config.key_file.empty() ? "key_file" : "certificate_file",
                               "missing: a client certificate needs both files");
  if (config.certificate_file.empty())
    return {};
  if (wolfSSL_CTX_use_certificate_chain_file(ctx, config.certificate_file.c_str()) != WOLFSSL_SUCCESS)
    return wrong_configuration("certificate_file",
                               "cannot read a PEM certificate chain from " + config.certificate_file);
  if (wolfSSL_CTX_use_PrivateKey_file(ctx, config.key_file.c_str(), WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
    return wrong_configuration("key_file", "cannot read a PEM private key from " + config.key_file);
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS)
    return wrong_configuration("key_file",
                               config.key_file + " is not the key of the certificate in " + config.certificate_file);
  return {};
}

checked open_key_log(shared_context& context, const std::string& path) {
  if (path.empty())
    return {};
  context.key_log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                           0600); // its content decrypts the connections: owner only
  if (context.key_log < 0)
    return wrong_configuration("key_log_file", "cannot write to " + path + ": " + std::strerror(errno));
  wolfSSL_CTX_set_keylog_callback(context.ctx, on_key_log);
  return {};
}

checked load_server_certificate(shared_context& context, const server_config& config) {
  auto* ctx = context.ctx;
  auto bytes = [](const std::string& pem) { return reinterpret_cast<const unsigned char*>(pem.data()); };
  if (config.certificate_pem.empty()
      || wolfSSL_CTX_use_certificate_chain_buffer(ctx, bytes(config.certificate_pem),
                                                  static_cast<long>(config.certificate_pem.size()))
             != WOLFSSL_SUCCESS)
    return wrong_configuration("certificate_pem", "not a PEM certificate chain");
  if (config.key_pem.empty()
      || wolfSSL_CTX_use_PrivateKey_buffer(ctx, bytes(config.key_pem), static_cast<long>(config.key_pem.size()),
                                           WOLFSSL_FILETYPE_PEM)
             != WOLFSSL_SUCCESS)
    return wrong_configuration("key_pem", "not a PEM private key");
  if (wolfSSL_CTX_check_private_key(ctx) != WOLFSSL_SUCCESS)
    return wrong_configuration("key_pem", "not the key of certificate_pem");
  return {};
}

checked require_client_certificates(shared_context& context, const std::string& authorities_pem) {
  wolfSSL_CTX_set_verify(context.ctx, WOLFSSL_VERIFY_NONE, nullptr);
  if (authorities_pem.empty())
    return {};
  context.trust = "client_ca_pem";
  if (int result = load_authorities(context.ctx, authorities_pem); result != WOLFSSL_SUCCESS)
    return wrong_configuration("client_ca_pem", "no PEM certificates: " + reason_of(result));
  wolfSSL_CTX_set_verify(context.ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

} // namespace sluice::tls
