// What a caller may choose about TLS, for each side.
// Plain values: knows no TLS library and opens no file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::tls {

enum class version : std::uint8_t { tls1_2, tls1_3 };

/// Read once, when the client is made. errc::invalid_configuration names the field that is wrong.
struct client_config {
  /// Check the chain, the dates and the host name (or IP address). Off means: anyone may be the origin.
  bool verify = true;
  /// PEM bundle to trust instead of the system's. Empty: the system's.
  std::string ca_file;
  /// Further PEM certificates to trust, beside either.
  std::string ca_pem;
  /// The client's own chain (leaf first) and key, PEM. Both or neither.
  std::string certificate_file, key_file;
  /// Protocols to offer, best first (RFC 7301). Empty: no ALPN.
  std::vector<std::string> alpn{"http/1.1"};
  /// Where to append each session's secrets in NSS key log format, for a packet analyser. Empty: nowhere.
  std::string key_log_file;
  version minimum = version::tls1_2;
  version maximum = version::tls1_3;
};

struct server_config {
  /// The server's chain (leaf first) and its key, PEM.
  std::string certificate_pem, key_pem;
  /// Protocols spoken; the first of the client's that is among them is agreed. A client that offers none of them gets
  /// no ALPN answer rather than an alert.
  std::vector<std::string> alpn{"http/1.1"};
  /// Not empty: a client must show a certificate that one of these (PEM) signed.
  std::string client_ca_pem;
  version minimum = version::tls1_2;
  version maximum = version::tls1_3;
};

} // namespace sluice::tls
