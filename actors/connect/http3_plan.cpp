#include <sluice/actors/connect/http3_plan.hpp>

#include <sluice/actors/client/alternatives_book.hpp>

#include <algorithm>
#include <chrono>

namespace sluice {

http3_plan plan_http3(const exchange& wanted) {
  http3_plan result;
  const auto choice = wanted.shared->config.protocol;
  const auto& url = wanted.where;
  if (!url.secure()) {
    if (choice == http_choice::http3_only)
      result.problem = {errc::invalid_request, caused_by::local,
                        "HTTP/3 is for https URLs; allow the other versions for " + url.origin()};
    return result;
  }
  if (!may_use_http3(choice) || wanted.http1_only)
    return result;
  if (choice != http_choice::http3_only) {
    if (wanted.shared->alternatives->blocked(url.origin())) {
      result.reason = "HTTP/3 is not tried: it failed a short while ago";
      return result;
    }
    result.at = wanted.shared->alternatives->find(url.origin());
    if (result.at)
      result.reason = "HTTP/3 is tried first: the origin announced it at "
                      + (result.at->host.empty() ? url.host : result.at->host) + ":" + std::to_string(result.at->port)
                      + " (Alt-Svc)";
  }
  if (!result.at && choice != http_choice::automatic)
    result.at = http::alternative{{}, url.port, {}, false};
  return result;
}

quic::limits quic_limits_of(const exchange& wanted) {
  const auto& config = wanted.shared->config;
  auto result = config.quic;
  result.early_data =
      result.early_data && wanted.attempts == 0 && http::is_safe(wanted.request.method) && !wanted.request.body.present;
  if (config.protocol != http_choice::http3_only)
    result.early_handshake_timeout =
        std::min(result.early_handshake_timeout,
                 std::max<std::chrono::milliseconds>(5 * config.http3_head_start, std::chrono::seconds{1}));
  return result;
}

} // namespace sluice
