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

policy::attempt_outcome outcome_of(const exchange& tried) {
  policy::attempt_outcome result;
  result.retries = tried.retries;
  result.elapsed = std::chrono::duration_cast<milliseconds>(loop_clock::now() - tried.begun);
  if (const auto total = tried.request.deadlines.total; total.count() > 0)
    result.time_left = total - result.elapsed;
  result.idempotent = http::is_idempotent(tried.request.method);
  result.sent = tried.sent;
  result.body_can_be_sent_again = tried.body_can_be_sent_again();
  if (tried.request.retries.jitter_percent > 0)
    result.random = random_share();
  result.now = std::chrono::system_clock::now();
  return result;
}

/// A retry after `delay`, if there is one and the client's budget allows it.
next_step retry(const exchange& tried, std::optional<milliseconds> delay, std::string reason) {
  next_step result;
  if (!delay)
    return result;
  if (!tried.shared->retry_budget.spend(loop_clock::now(), tried.shared->requests.load(std::memory_order_relaxed))) {
    tried.shared->retries_withheld.fetch_add(1, std::memory_order_relaxed);
    result.reason = "the client's retry budget is used up (client_config.retry_budget_percent)";
    return result;
  }
  result.what = next_step::kind::retry;
  result.delay = *delay;
  result.reason = std::move(reason);
  return result;
}

} // namespace

next_step step_after(const exchange& tried, const failure& why) {
  return retry(tried, policy::retry_after_failure(tried.request.retries, outcome_of(tried), why), why.detail);
}

next_step step_after(const exchange& tried, const http::response_head& head) {
  const policy::answered_request request{tried.request.method, tried.where, policy::fragment_of(tried.request.url),
                                         tried.request.body.present, tried.body_can_be_sent_again()};
  next_step result;
  result.redirect = policy::decide_redirect(tried.request.redirects, request, head.status, head.fields,
                                            static_cast<std::uint32_t>(tried.hops.size()));
  switch (result.redirect.what) {
    case policy::redirect_decision::kind::follow: result.what = next_step::kind::follow; return result;
    case policy::redirect_decision::kind::fail:
      result.what = next_step::kind::fail;
      result.problem = std::move(result.redirect.problem);
      return result;
    case policy::redirect_decision::kind::deliver: break;
  }
  if (tried.request.retries.attempts == 0)
    return result;
  return retry(tried, policy::retry_after_status(tried.request.retries, outcome_of(tried), head.status, head.fields),
               "the status was " + std::to_string(head.status));
}

bool exchange::discards(const http::response_head& head) {
  if (!next)
    return false;
  *next = step_after(*this, head);
  return next->what != next_step::kind::deliver;
}

} // namespace sluice
