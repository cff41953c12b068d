// From -u, --oauth2-bearer, --netrc and the user information of a URL to the Authorization field of a request.
// Knows the options and the files that they name; knows no connection and follows no redirect.
#pragma once

#include "netrc.hpp"
#include "url_edits.hpp"

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/policy/rules.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct login_options {
  std::optional<login> user;               ///< -u
  std::optional<std::string> bearer_token; ///< --oauth2-bearer
  bool netrc = false, netrc_optional = false;
  std::string netrc_file;                                   ///< empty: .netrc in $HOME
  std::shared_ptr<const std::vector<netrc_entry>> machines; ///< of that file; null until read_netrc(), or none counts
};

/// Reads the netrc file, if one counts: once for all transfers, as it may be a pipe.
/// errc::invalid_configuration: it cannot be read or parsed. No text repeats anything of it.
failure read_netrc(login_options& options);

/// errc::invalid_configuration: options that exclude each other, by name.
failure check(const login_options& options);

/// The value of Authorization for a request to `host`, whose URL had `from_url`. First that is set: --oauth2-bearer,
/// -u, the URL, a netrc file; with --netrc, which requires the file, that comes before the URL. A password that is
/// missing beside a user's name is looked up in the netrc file. Nothing: no credentials are known.
/// errc::invalid_request: credentials that cannot be sent. No text repeats any of them.
result_or_failure<std::optional<std::string>>
authorization_for(const login_options& options, const std::optional<login>& from_url, const std::string& host);

/// What the machines of the netrc file get after a redirect: of each its first entry. None with -u or --oauth2-bearer.
/// Without `default`, as anybody can redirect to a host of his own, and without what cannot be sent. As many as a
/// request may have: the first 1000, and 1 MiB. Of `host`, which got `authorization`, it is
/// the entry that says so, if one does.
std::vector<host_credentials> authorizations_after_redirects(const login_options& options, const std::string& host,
                                                             const std::optional<std::string>& authorization);

} // namespace sluice::command
