// From -u, --oauth2-bearer, --netrc and the user information of a URL to the Authorization field of a request.
// Knows the options and the files that they name; knows no connection and follows no redirect.
#pragma once

#include "url_edits.hpp"

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/policy/rules.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct login_options {
  std::optional<login> user;               ///< -u
  std::optional<std::string> bearer_token; ///< --oauth2-bearer
  bool netrc = false, netrc_optional = false;
  std::string netrc_file; ///< empty: .netrc in $HOME
};

/// errc::invalid_configuration: options that exclude each other, by name.
failure check(const login_options& options);

/// The value of Authorization for a request to `host`, whose URL had `from_url`. First that is set: --oauth2-bearer,
/// -u, the URL, a netrc file; with --netrc, which requires the file, that comes before the URL. A password that is
/// missing beside a user's name is looked up in the netrc file. Nothing: no credentials are known.
/// errc::invalid_configuration: the netrc file cannot be read or parsed. errc::invalid_request: credentials that cannot
/// be sent. No text repeats any of them.
result_or_failure<std::optional<std::string>>
authorization_for(const login_options& options, const std::optional<login>& from_url, const std::string& host);

/// What the machines of the netrc file get after a redirect, where the file is what credentials are taken from: no -u
/// and no --oauth2-bearer. At most request_fields_max; without `default`, which anybody could redirect to. Errors as
/// above.
result_or_failure<std::vector<host_credentials>> authorizations_after_redirects(const login_options& options);

} // namespace sluice::command
