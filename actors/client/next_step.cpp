#include <sluice/actors/client/next_step.hpp>

#include <sluice/actors/io/clock.hpp>

#include <optional>
#include <random>
#include <utility>

namespace sluice {

namespace {

using std::chrono::milliseconds;

/// 0 to 1. Not for secrets: it only keeps clients from coming back at the same moment.
double random_share() {
  thread_local std::minstd_rand source{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(source);
}

policy::attempt_outcome outcome_of(const exchange& x) {
  policy::attempt_outcome result;
  result.retries = x.retries;
  result.elapsed = std::chrono::duration_cast<milliseconds>(loop_clock::now() - x.begun);
  if (const auto total = x.request.deadlines.total; total.count() > 0)
    result.time_left = total - result.elapsed;
  result.idempotent = http::is_idempotent(x.request.method);
  result.sent = x.sent;
  result.body_can_be_sent_again = x.body_can_be_sent_again();
  if (x.request.retries.jitter_percent > 0)
    result.random = random_share();
  result.now = std::chrono::system_clock::now();
  return result;
}

/// A retry after `delay`, if there is one and the client's budget allows it.
next_step retry(const exchange& x, std::optional<milliseconds> delay, std::string reason) {
  next_step result;
  if (!delay)
    return result;
  if (!x.shared->retry_budget.spend(loop_clock::now(), x.shared->requests.load(std::memory_order_relaxed))) {
    x.shared->retries_withheld.fetch_add(1, std::memory_order_relaxed);
    result.reason = "the client's retry budget is used up (client_config.retry_budget_percent)";
    return result;
  }
  result.what = next_step::kind::retry;
  result.delay = *delay;
  result.reason = std::move(reason);
  return result;
}

} // namespace

next_step step_after(const exchange& x, const failure& why) {
  return retry(x, policy::retry_after_failure(x.request.retries, outcome_of(x), why), why.detail);
}

next_step step_after(const exchange& x, const http::response_head& head) {
  const policy::answered_request request{x.request.method, x.where, policy::fragment_of(x.request.url),
                                         x.request.body.present, x.body_can_be_sent_again()};
  next_step result;
  result.redirect = policy::decide_redirect(x.request.redirects, request, head.status, head.fields, x.redirects);
  switch (result.redirect.what) {
    case policy::redirect_decision::kind::follow: result.what = next_step::kind::follow; return result;
    case policy::redirect_decision::kind::fail:
      result.what = next_step::kind::fail;
      result.problem = std::move(result.redirect.problem);
      return result;
    case policy::redirect_decision::kind::deliver: break;
  }
  if (x.request.retries.attempts == 0)
    return result;
  return retry(x, policy::retry_after_status(x.request.retries, outcome_of(x), head.status, head.fields),
               "the status was " + std::to_string(head.status));
}

bool exchange::discards(const http::response_head& head) {
  if (!next)
    return false;
  *next = step_after(*this, head);
  return next->what != next_step::kind::deliver;
}

} // namespace sluice
