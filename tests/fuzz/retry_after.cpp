// libFuzzer: whatever a Retry-After field says, a delay that comes of it is within the policy's bounds.
#include <sluice/protocols/policy/retry.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace sluice;
  const std::string text{reinterpret_cast<const char*>(data), size};
  const http::wall_time now{std::chrono::seconds{1'800'000'000}};
  const auto asked = policy::parse_retry_after(text, now);
  if (asked && asked->count() <= 0)
    std::abort();
  if (const auto date = http::parse_date(text, now);
      date && (*date < http::wall_time{} || *date > http::wall_time{std::chrono::hours{24} * 365 * 231}))
    std::abort();
  retry_policy rules;
  rules.attempts = 3;
  policy::attempt_outcome outcome;
  outcome.now = now;
  const auto delay = policy::retry_after_status(rules, outcome, 503, {{"Retry-After", text}});
  if (delay && (delay->count() < 0 || *delay > rules.largest_delay || (asked && *delay != *asked)))
    std::abort();
  if (!delay && !(asked && *asked > rules.largest_delay))
    std::abort();
  return 0;
}
