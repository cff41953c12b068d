// Whether a request is sent again, and after which delay; and the budget that keeps a client's retries from becoming a
// storm. Pure decisions: the time and the random number are arguments. Knows no connection and no timer.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/allowance.hpp>
#include <sluice/protocols/http/date.hpp>
#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/policy/rules.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

namespace sluice::policy {

/// What is known of a request when one attempt at it has ended.
struct attempt_outcome {
  std::uint32_t retries = 0;                            ///< made so far
  std::chrono::milliseconds elapsed{0};                 ///< since the request was made
  std::optional<std::chrono::milliseconds> time_left{}; ///< until its deadline `total`
  bool idempotent = true;                               ///< its method (RFC 9110 section 9.2.2)
  bool sent = true;                                     ///< something of it may have reached the origin
  bool body_can_be_sent_again = true;                   ///< as answered_request's
  double random = 0;                                    ///< 0 to 1, for the jitter
  http::wall_time now{};                                ///< for a Retry-After that is a date
};

/// The delay after which it is sent again. Nothing: it is not.
std::optional<std::chrono::milliseconds> retry_after_failure(const retry_policy& policy, const attempt_outcome& outcome,
                                                             const failure& why);
std::optional<std::chrono::milliseconds> retry_after_status(const retry_policy& policy, const attempt_outcome& outcome,
                                                            std::uint16_t status, const http::fields& response);

/// The delay of retry number `retries` + 1, without Retry-After.
std::chrono::milliseconds backoff(const retry_policy& policy, std::uint32_t retries, double random);
/// Retry-After (RFC 9110 section 10.2.3): seconds, or an HTTP-date. Nothing: it is malformed, or asks for no delay.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, http::wall_time now);

/// Bounds how many requests one client sends again: a share of the requests that it makes, and some a second whatever
/// it makes. Any thread.
class retry_budget {
public:
  using time_point = flow::allowance::time_point;
  /// So many retries may be made at once after a quiet time.
  static constexpr std::size_t burst = 100;

  /// Both 0: no request is ever sent again.
  retry_budget(std::uint32_t percent_of_requests, std::uint32_t a_second)
    : share_(percent_of_requests / 100.0), left_(percent_of_requests > 0 || a_second > 0 ? burst : 0, a_second) {}

  /// A request is to be sent again. `requests`: how many the client has made since it exists. False: not now.
  bool spend(time_point now, std::uint64_t requests) {
    std::lock_guard lock{mutex_};
    if (requests > counted_)
      left_.add(share_ * static_cast<double>(requests - counted_));
    counted_ = std::max(counted_, requests);
    return left_.take(now);
  }

private:
  std::mutex mutex_;
  double share_;
  flow::allowance left_;
  std::uint64_t counted_ = 0; // requests whose share is in `left_`
};

} // namespace sluice::policy
