// The policies of a request as plain values: which redirects are followed, and when a request is sent again.
// No behaviour: the decisions are in redirect.hpp and retry.hpp, the ranges in messages/bounds.hpp. Knows neither URLs
// nor CAF.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// Which schemes a redirect may lead to.
enum class redirect_targets : std::uint8_t {
  no_downgrade, ///< http and https, but never from https to http
  https_only,   ///< https alone, also from http
  any,          ///< http and https, also from https to http
};

/// What a host is given in the field Authorization, whatever the port.
struct host_credentials {
  std::string host;  ///< without brackets; compared without case
  std::string value; ///< of the field: scheme and credentials (RFC 9110 section 11.4)
};

/// What is done with a redirect (RFC 9110 section 15.4): 301, 302, 303, 307 or 308 with a Location.
struct redirect_policy {
  /// Off: the redirect itself is the response.
  bool follow = false;
  /// Redirects that are followed for one request, 0 to redirect_limit_max (bounds.hpp). A further one is
  /// errc::too_many_redirects.
  std::uint32_t limit = 10;
  /// After a 301, 302 or 303 a POST becomes a GET without a body, as in browsers, unless that is switched off here.
  bool keep_post_301 = false, keep_post_302 = false, keep_post_303 = false;
  /// Send Authorization, Cookie and Proxy-Authorization to other origins (scheme, host or port) too.
  bool trust_other_origins = false;
  redirect_targets targets = redirect_targets::no_downgrade;
  /// For redirects to another origin: the first whose host is the target's is sent there. None once a redirect has led
  /// from https to http, as whoever reads a request over http could redirect it to any host; none with
  /// trust_other_origins, where what the first origin got goes along. Bounded as request::fields, in number and size.
  std::vector<host_credentials> credentials{};
};

/// When a request is sent again after a failure or a status that may pass. It is sent again only if its body can be,
/// and only if that is safe: its method is idempotent (RFC 9110 section 9.2.2), nothing of it was sent yet, or the
/// status (408, 429, 503) says that it was not processed. `all_errors` lifts the second condition.
struct retry_policy {
  /// How often it is sent again at most, 0 (never) to retry_attempts_max (bounds.hpp).
  std::uint32_t attempts = 0;
  /// Before the first of them, 0 to longest_deadline (bounds.hpp).
  std::chrono::milliseconds first_delay{1'000};
  /// Each further delay is so many times the one before, 1 to 10.
  std::uint32_t factor = 2;
  /// No delay is longer, 0 to longest_deadline. If Retry-After (RFC 9110 section 10.2.3) asks for more, the request is
  /// not sent again.
  std::chrono::milliseconds largest_delay{600'000};
  /// No attempt begins later than this after the request was made; 0: no such limit. To longest_deadline.
  std::chrono::milliseconds total_time{0};
  /// Up to so much of a delay is left out at random, so that clients which failed together do not come back together. 0
  /// to 100 percent. Not of a delay that Retry-After asks for.
  std::uint32_t jitter_percent = 50;
  /// Also where no address could be connected to (errc::connect_failed).
  bool refused_connections = true;
  /// Also after failures that are not likely to pass, and where sending it again may do twice what it asks for. The
  /// body must be one that can be sent again all the same.
  bool all_errors = false;
  /// After 408, 429, 500, 502, 503 and 504.
  bool usual_statuses = true;
  /// After these statuses too; at most retry_statuses_max (bounds.hpp), each from 400 to 599.
  std::vector<std::uint16_t> further_statuses{};
};

} // namespace sluice
