#include "follow.hpp"

#include "request.hpp"

#include <sluice/messages/bounds.hpp>

#include <algorithm>

namespace sluice::command {

result_or_failure<redirect_targets> redirect_targets_of(std::string_view protocols) {
  bool insecure = true, secure = true, insecure_was_named = false;
  for (auto rest = protocols; !rest.empty();) {
    auto name = rest.substr(0, std::min(rest.find(','), rest.size()));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    const char sign = name.empty() ? '+' : name.front();
    if (sign == '=' || sign == '-' || sign == '+')
      name.remove_prefix(std::min<std::size_t>(1, name.size()));
    if (sign == '=')
      insecure = secure = false;
    const bool all = http::equals_ignoring_case(name, "all");
    if (all || http::equals_ignoring_case(name, "https"))
      secure = sign != '-';
    if (all || http::equals_ignoring_case(name, "http")) {
      insecure = sign != '-';
      insecure_was_named = true;
    }
  }
  if (!secure)
    return failure{errc::invalid_configuration, caused_by::local,
                   "--proto-redir: '" + printable(protocols)
                       + "' leaves no https; write '=https', or '=http,https' to allow redirects from https to http"};
  if (!insecure)
    return redirect_targets::https_only;
  return insecure_was_named ? redirect_targets::any : redirect_targets::no_downgrade;
}

failure apply(const follow_options& options, bool fail, request& to) {
  auto& redirects = to.redirects;
  redirects.follow = options.follows();
  redirects.limit = options.max_redirs < 0 ? redirect_limit_max : static_cast<std::uint32_t>(options.max_redirs);
  redirects.keep_post_301 = options.post301;
  redirects.keep_post_302 = options.post302;
  redirects.keep_post_303 = options.post303;
  redirects.trust_other_origins = options.location_trusted;
  const auto targets = redirect_targets_of(options.proto_redir);
  if (!targets)
    return targets.error();
  redirects.targets = *targets;

  auto& retries = to.retries;
  retries.attempts = options.retry;
  retries.jitter_percent = 0; // as curl: whoever gives a delay gets it
  if (options.retry_delay_s > 0) {
    retries.first_delay = milliseconds_of(options.retry_delay_s);
    retries.largest_delay = std::max(retries.largest_delay, retries.first_delay); // bounds Retry-After too
    retries.factor = 1;
  }
  retries.total_time = milliseconds_of(options.retry_max_time_s);
  retries.refused_connections = options.retry_connrefused;
  retries.all_errors = options.retry_all_errors;
  if (fail && options.retry_all_errors)
    for (std::uint16_t status = 400; status < 600; ++status)
      retries.further_statuses.push_back(status);
  return {};
}

} // namespace sluice::command
