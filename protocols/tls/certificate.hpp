// Makes the certificate with which a test server, or a demonstration, speaks TLS.
// Not a certificate authority: one self-signed certificate, trusted by handing it over.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <string>
#include <vector>

namespace sluice::tls {

struct certificate {
  std::string certificate_pem, key_pem;
};

/// A new ECDSA P-256 key and its certificate, signed by itself and marked CA:TRUE, so that it is its own --cacert and
/// may be shown by a client as well. `names` are DNS names (wildcards allowed) and IP literals; the first is the common
/// name. Valid for `days` from `not_before_offset_days` days after now, which may be negative. Errors:
/// invalid_configuration (no name, a name too long, days below 1), internal.
result_or_failure<certificate> make_self_signed(std::vector<std::string> names, int days = 30,
                                                int not_before_offset_days = 0);

} // namespace sluice::tls
