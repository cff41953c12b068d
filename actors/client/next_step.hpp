// What a follower does when an exchange of its has come to a response or to a failure. The decision is made once, where
// the head of the response arrives, so that a body which nobody wants is never decoded.
// Knows no actor; the rules are in protocols/policy/.
#pragma once

#include <sluice/actors/client/exchange.hpp>
#include <sluice/protocols/policy/redirect.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice {

struct next_step {
  enum class kind : std::uint8_t {
    deliver, ///< whoever asked gets the response or the failure
    follow,  ///< another exchange, as `redirect` says
    retry,   ///< the same exchange again, after `delay`
    fail,    ///< whoever asked gets `problem` instead of the response
  };
  kind what = kind::deliver;
  policy::redirect_decision redirect;
  std::chrono::milliseconds delay{0};
  std::string reason; ///< of retry, for people
  failure problem;
};

/// The step after a failure of `exchange`, whose `next` is set. Spends the client's retry budget.
next_step step_after(const exchange& exchange, const failure& why);
/// The step after a response with that head.
next_step step_after(const exchange& exchange, const http::response_head& head);

} // namespace sluice
