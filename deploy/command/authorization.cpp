#include "authorization.hpp"

#include "input_file.hpp"

#include <sluice/messages/bounds.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/policy/authentication.hpp>

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <unordered_set>
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

/// What the netrc file has for that host, and that user where one is known.
std::optional<login> look_up(const login_options& options, const std::string& host,
                             const std::optional<std::string>& user) {
  const auto* entry = options.machines ? find_netrc_entry(*options.machines, host, user) : nullptr;
  if (!entry || (!entry->login && !entry->password))
    return {};
  return login{entry->login.value_or(""), entry->password};
}

} // namespace

failure read_netrc(login_options& options) {
  const bool other = options.bearer_token || (options.user && options.user->password);
  if (other || !(requires_netrc(options) || options.netrc_optional))
    return {};
  const auto path = netrc_path(options);
  if (options.netrc_optional && unreadable(path) == ENOENT)
    return {};
  const auto text = read_input(options.netrc_file.empty() ? "--netrc" : "--netrc-file", path);
  if (!text)
    return text.error();
  auto entries = parse_netrc(*text, "'" + path + "'");
  if (!entries)
    return entries.error();
  options.machines = std::make_shared<const std::vector<netrc_entry>>(*std::move(entries));
  return {};
}

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
    if (auto found = look_up(options, host, known ? std::optional{known->user} : std::nullopt))
      known = std::move(found);
  }
  if (!known)
    return std::optional<std::string>{};
  return as_field(policy::basic_credentials(known->user, known->password.value_or("")));
}

std::vector<host_credentials> authorizations_after_redirects(const login_options& options, const std::string& host,
                                                             const std::optional<std::string>& authorization) {
  std::vector<host_credentials> result;
  if (!options.machines || options.user || options.bearer_token)
    return result;
  std::unordered_set<std::string> seen;
  std::size_t bytes = 0;
  const auto add = [&](const std::string& machine, std::string value) {
    bytes += std::string_view{"Authorization"}.size() + value.size() + 32; // as check_fields() counts
    if (result.size() < request_fields_max && bytes <= request_fields_bytes_max)
      result.push_back({machine, std::move(value)});
  };
  const auto value_of = [](const netrc_entry& entry) {
    return policy::basic_credentials(entry.login.value_or(""), entry.password.value_or(""));
  };
  for (const auto& entry : *options.machines) {
    if (!authorization || !http::equals_ignoring_case(entry.machine, host))
      continue;
    if (const auto value = value_of(entry); value && *value == *authorization) {
      seen.insert(http::lower_case(host));
      add(host, *value);
      break;
    }
  }
  for (const auto& entry : *options.machines) {
    if (entry.machine.empty() || !seen.insert(http::lower_case(entry.machine)).second)
      continue;
    if (auto value = value_of(entry); value && (entry.login || entry.password))
      add(entry.machine, *std::move(value));
  }
  return result;
}

} // namespace sluice::command
