#include <sluice/protocols/policy/retry.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

namespace sluice::policy {

namespace {

using std::chrono::milliseconds;

/// Failures that may pass by themselves.
bool may_pass(const retry_policy& policy, const failure& why) {
  switch (why.code) {
    case errc::connect_failed: return policy.refused_connections;
    case errc::resolve_failed:
    case errc::timed_out:
    case errc::out_of_descriptors:
    case errc::connection_reset:
    case errc::connection_closed:
    case errc::truncated_body:
    case errc::tls_truncated:
    case errc::peer_silent:
    case errc::stream_reset:
    case errc::refused: return true;
    case errc::tls_handshake: return why.by == caused_by::transport;
    default: return false;
  }
}

/// Failures of the request itself, or of whoever made it: with another attempt they stay as they are.
bool is_final(errc code) {
  switch (code) {
    case errc::invalid_url:
    case errc::invalid_request:
    case errc::invalid_configuration:
    case errc::cancelled:
    case errc::body_already_taken:
    case errc::consumer_failed:
    case errc::too_many_redirects:
    case errc::redirect_refused:
    case errc::internal: return true;
    default: return false;
  }
}

bool may_pass(const retry_policy& policy, std::uint16_t status) {
  const auto& further = policy.further_statuses;
  if (std::find(further.begin(), further.end(), status) != further.end())
    return true;
  constexpr std::uint16_t usual[] = {408, 429, 500, 502, 503, 504};
  return policy.usual_statuses && std::find(std::begin(usual), std::end(usual), status) != std::end(usual);
}

/// The origin says that it did not process the request (RFC 9110 sections 15.5.9 and 15.6.4, RFC 6585 section 4).
bool says_unprocessed(std::uint16_t status) { return status == 408 || status == 429 || status == 503; }

/// The delay, if there is time for it and another attempt is left.
std::optional<milliseconds> within_limits(const retry_policy& policy, const attempt_outcome& outcome,
                                          milliseconds delay) {
  if (delay > policy.largest_delay || (outcome.time_left && delay >= *outcome.time_left))
    return std::nullopt;
  if (policy.total_time.count() > 0 && delay + outcome.elapsed > policy.total_time)
    return std::nullopt;
  return delay;
}

bool may_try_again(const retry_policy& policy, const attempt_outcome& outcome) {
  return outcome.retries < policy.attempts && outcome.body_can_be_sent_again;
}

} // namespace

milliseconds backoff(const retry_policy& policy, std::uint32_t retries, double random) {
  auto delay = std::min(policy.first_delay, policy.largest_delay);
  const auto factor = std::max<std::uint32_t>(policy.factor, 1);
  for (std::uint32_t i = 0; i < retries && factor > 1 && delay.count() > 0 && delay < policy.largest_delay; ++i)
    delay = delay > policy.largest_delay / factor ? policy.largest_delay : delay * factor;
  const auto left_out =
      static_cast<double>(delay.count()) * policy.jitter_percent / 100.0 * std::clamp(random, 0.0, 1.0);
  return delay - std::min(milliseconds{static_cast<milliseconds::rep>(left_out)}, delay);
}

std::optional<milliseconds> parse_retry_after(std::string_view text, http::wall_time now) {
  constexpr std::uint64_t longest = 10ull * 365 * 86'400; // seconds; it is far beyond any limit of a policy
  std::uint64_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (end == text.data() + text.size() && !text.empty() && problem != std::errc::invalid_argument) {
    if (problem == std::errc::result_out_of_range)
      seconds = longest;
    if (seconds == 0)
      return std::nullopt;
    return std::chrono::seconds{static_cast<std::int64_t>(std::min(seconds, longest))};
  }
  const auto date = http::parse_date(text, now);
  if (!date || *date <= now)
    return std::nullopt;
  return std::chrono::ceil<milliseconds>(*date - now);
}

std::optional<milliseconds> retry_after_failure(const retry_policy& policy, const attempt_outcome& outcome,
                                                const failure& why) {
  if (!may_try_again(policy, outcome) || is_final(why.code))
    return std::nullopt;
  if (!policy.all_errors
      && !(may_pass(policy, why) && (outcome.idempotent || !outcome.sent || why.code == errc::refused)))
    return std::nullopt;
  return within_limits(policy, outcome, backoff(policy, outcome.retries, outcome.random));
}

std::optional<milliseconds> retry_after_status(const retry_policy& policy, const attempt_outcome& outcome,
                                               std::uint16_t status, const http::fields& response) {
  if (!may_try_again(policy, outcome) || !may_pass(policy, status))
    return std::nullopt;
  if (!policy.all_errors && !outcome.idempotent && !says_unprocessed(status))
    return std::nullopt;
  auto delay = backoff(policy, outcome.retries, outcome.random);
  if (const auto field = response.get("retry-after"))
    delay = parse_retry_after(*field, outcome.now).value_or(delay);
  return within_limits(policy, outcome, delay);
}

} // namespace sluice::policy
