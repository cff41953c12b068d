// Loads the certificates, keys, trusted authorities and the key log of a configuration into a context.
// For the files of this folder; knows no session.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/tls/config.hpp>

#include <string>

namespace sluice::tls {

struct shared_context;

/// errc::none: success. Otherwise invalid_configuration, with field and path.
using checked = failure;
failure wrong_configuration(const std::string& field, const std::string& why);

checked load_trust(shared_context& context, const client_config& config);
checked load_client_certificate(shared_context& context, const client_config& config);
checked open_key_log(shared_context& context, const std::string& path);
checked load_server_certificate(shared_context& context, const server_config& config);
/// Empty `authorities_pem`: clients are not asked for certificates.
checked require_client_certificates(shared_context& context, const std::string& authorities_pem);

} // namespace sluice::tls
