#include <sluice/actors/connect/http3_plan.hpp>

#include <sluice/actors/client/alternatives_book.hpp>
#include <sluice/actors/connect/address_book.hpp>

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
  const auto& book = *wanted.shared->names;
  if (!book.given().unix_socket.empty()) {
    if (choice == http_choice::http3_only)
      result.problem = {errc::invalid_request, caused_by::local,
                        "HTTP/3 is not spoken over Unix sockets; allow the other versions for " + url.origin()};
    return result;
  }
  // Whoever sends an origin's requests elsewhere does not want them at the place that the origin announced.
  const auto redirected = book.redirected(url.host, url.port);
  if (choice != http_choice::http3_only && !redirected) {
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
    result.at = http::alternative{{}, redirected ? redirected->second : url.port, {}, false};
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
