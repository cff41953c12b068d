// Parses .netrc files, which keep a user name and a password for each machine: machine, default, login, password,
// account and macdef, with quoted tokens as curl reads them. Knows no file system, no URL and no HTTP.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

/// What a file tells about one machine. Without a login or password that is not set.
struct netrc_entry {
  std::string machine; ///< compared without case; empty: `default`, which is for every machine
  std::optional<std::string> login, password;
};

/// The entries in the order of the file. Tokens are separated by blanks and line ends; a line whose first character is
/// '#' is a comment where no token is awaited; "..." is one token, with \n, \r, \t and a backslash before any other
/// character. The text of a macdef, up to an empty line, is passed over, as is an account.
/// errc::invalid_configuration: names `file` and the line, and repeats nothing of them.
result_or_failure<std::vector<netrc_entry>> parse_netrc(std::string_view text, const std::string& file);

/// The first entry for that machine, whose login is `login` where that is given. Null: there is none.
const netrc_entry* find_netrc_entry(const std::vector<netrc_entry>& entries, std::string_view machine,
                                    const std::optional<std::string>& login);

} // namespace sluice::command
