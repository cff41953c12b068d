// Puts certificates, keys, trusted authorities and the key log of a configuration into a context.
// For the files of this folder; reads files at set-up only, and knows no session's state.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/tls/config.hpp>

#include <string>

namespace sluice::tls {

struct shared_context;

/// errc::none: fine. Otherwise invalid_configuration, naming the field and the path.
using checked = failure;
failure wrong_configuration(const std::string& field, const std::string& why);

checked load_trust(shared_context& x, const client_config& c);
checked load_client_certificate(shared_context& x, const client_config& c);
checked open_key_log(shared_context& x, const std::string& path);
checked load_server_certificate(shared_context& x, const server_config& c);
/// Empty: clients are not asked for certificates.
checked require_client_certificates(shared_context& x, const std::string& authorities_pem);

} // namespace sluice::tls
