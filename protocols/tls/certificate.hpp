// Makes a self-signed certificate for a test server or a demonstration.
// Not a certificate authority; knows no connection.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <string>
#include <vector>

namespace sluice::tls {

struct certificate {
  std::string certificate_pem, key_pem;
};

/// A new ECDSA P-256 key and its self-signed certificate. It is marked CA:TRUE, so that the same PEM serves as trusted
/// authority (--cacert) and as client certificate. `names`: DNS names (wildcards allowed) and IP literals; the first
/// one is the common name. The certificate is valid for `days` days; validity starts `not_before_offset_days` days from
/// now (may be negative) minus five minutes. Errors: invalid_configuration (no name, a name too long, days below 1),
/// internal.
result_or_failure<certificate> make_self_signed(std::vector<std::string> names, int days = 30,
                                                int not_before_offset_days = 0);

} // namespace sluice::tls
