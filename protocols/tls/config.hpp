// The TLS settings of a client and of a server.
// Plain values: knows no TLS library and opens no file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::tls {

enum class version : std::uint8_t { tls1_2, tls1_3 };

/// Read once, when the client is made. errc::invalid_configuration names the field that is wrong.
struct client_config {
  /// Verify chain, dates and host name (or IP address) of the server's certificate. False: any server is accepted.
  bool verify = true;
  /// PEM file of trusted authorities. Empty: those of the system.
  std::string ca_file;
  /// Further trusted authorities, PEM text.
  std::string ca_pem;
  /// Certificate chain (leaf first) and key of the client, PEM files. Set both or neither.
  std::string certificate_file, key_file;
  /// Protocols to offer, in order of preference (RFC 7301). Empty: no ALPN.
  std::vector<std::string> alpn{"http/1.1"};
  /// File to which the secrets of each session are appended in NSS key log format, for packet analysers. Empty: none.
  std::string key_log_file;
  version minimum = version::tls1_2;
  version maximum = version::tls1_3;
};

struct server_config {
  /// Certificate chain (leaf first) and key of the server, PEM text.
  std::string certificate_pem, key_pem;
  /// Supported protocols. The first one of the client's list that is supported is selected. If there is none, the
  /// handshake continues without ALPN (over QUIC: fails with an alert).
  std::vector<std::string> alpn{"http/1.1"};
  /// PEM text of authorities. Not empty: a client must have a certificate that one of them signed.
  std::string client_ca_pem;
  version minimum = version::tls1_2;
  version maximum = version::tls1_3;
};

} // namespace sluice::tls
