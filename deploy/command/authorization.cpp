#include "authorization.hpp"

#include "input_file.hpp"
#include "netrc.hpp"

#include <sluice/messages/bounds.hpp>
#include <sluice/protocols/policy/authentication.hpp>

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace sluice::command {

namespace {

std::string netrc_path(const login_options& options) {
  if (!options.netrc_file.empty())
    return options.netrc_file;
  const char* home = std::getenv("HOME");
  if (!home || !*home) {
    const auto* user = getpwuid(geteuid());
    home = user ? user->pw_dir : "";
  }
  return std::string{home} + "/.netrc";
}

/// A netrc file is read, and has to be there.
bool requires_netrc(const login_options& options) {
  return !options.netrc_optional && (options.netrc || !options.netrc_file.empty());
}

/// What the netrc file has; nothing, where it may be missing and is.
result_or_failure<std::vector<netrc_entry>> netrc_entries(const login_options& options) {
  const auto path = netrc_path(options);
  if (options.netrc_optional && unreadable(path) == ENOENT)
    return std::vector<netrc_entry>{};
  const auto text = read_input(options.netrc_file.empty() ? "--netrc" : "--netrc-file", path);
  return text ? parse_netrc(*text, "'" + path + "'") : text.error();
}

/// What the netrc file has for that host, and that user where one is known.
result_or_failure<std::optional<login>> look_up(const login_options& options, const std::string& host,
                                                const std::optional<std::string>& user) {
  const auto entries = netrc_entries(options);
  if (!entries)
    return entries.error();
  const auto* entry = find_netrc_entry(*entries, host, user);
  if (!entry || (!entry->login && !entry->password))
    return std::optional<login>{};
  return std::optional{login{entry->login.value_or(""), entry->password}};
}

} // namespace

failure check(const login_options& options) {
  if (options.user && options.bearer_token)
    return {errc::invalid_configuration, caused_by::local,
            "-u and --oauth2-bearer each make the field Authorization; give one of them"};
  return {};
}

result_or_failure<std::optional<std::string>>
authorization_for(const login_options& options, const std::optional<login>& from_url, const std::string& host) {
  const auto as_field =
      [](const result_or_failure<std::string>& value) -> result_or_failure<std::optional<std::string>> {
    return value ? result_or_failure<std::optional<std::string>>{std::optional{*value}} : value.error();
  };
  if (options.bearer_token)
    return as_field(policy::bearer_credentials(*options.bearer_token));
  const bool required = requires_netrc(options);
  auto known = options.user ? options.user : required ? std::nullopt : from_url;
  if ((required || options.netrc_optional) && (!known || !known->password)) {
    auto found = look_up(options, host, known ? std::optional{known->user} : std::nullopt);
    if (!found)
      return found.error();
    if (*found)
      known = std::move(*found);
  }
  if (!known)
    return std::optional<std::string>{};
  return as_field(policy::basic_credentials(known->user, known->password.value_or("")));
}

result_or_failure<std::vector<host_credentials>> authorizations_after_redirects(const login_options& options) {
  std::vector<host_credentials> result;
  if (options.user || options.bearer_token || !(requires_netrc(options) || options.netrc_optional))
    return result;
  const auto entries = netrc_entries(options);
  if (!entries)
    return entries.error();
  for (const auto& entry : *entries) {
    if (entry.machine.empty() || (!entry.login && !entry.password) || result.size() == request_fields_max)
      continue;
    auto value = policy::basic_credentials(entry.login.value_or(""), entry.password.value_or(""));
    if (!value)
      return value.error();
    result.push_back({entry.machine, *std::move(value)});
  }
  return result;
}

} // namespace sluice::command
