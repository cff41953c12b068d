#include "sibling_rates.hpp"

#include "load_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>

namespace sluice::command {

namespace {

constexpr std::uint64_t trial_bytes = 16u << 20, fewest_bytes = 4u << 20, most_bytes = 1u << 30, mebibyte = 1u << 20;
constexpr double download_s = 0.5; // long enough for the start not to count, short enough for 20 of them

/// The streams of the measurement before are cancelled after its end: they shall not cost the next one.
void await_idle(const origin::server& from) {
  using namespace std::chrono;
  const auto until = steady_clock::now() + seconds{2};
  while (from.snapshot().streams_open != 0 && steady_clock::now() < until)
    std::this_thread::sleep_for(milliseconds{5});
}

/// One download, beside that many readers that stall.
load_report download(runtime& loops, const client& http, const origin::server& from, std::uint64_t bytes,
                     std::uint64_t stalled, screen& display) {
  await_idle(from);
  waiting_room waiter;
  load_options what;
  what.url = what.sibling = from.tls_url("/bytes/" + std::to_string(bytes));
  what.stalled = stalled;
  what.no_drain = true;
  auto got = measure(loops, http, what, waiter, &display);
  if (!got.ended_early && !got.first_problem && (got.sibling_bytes != bytes || got.stalled != stalled))
    got.first_problem = {errc::protocol_violation, caused_by::remote, "a body is not as long as it was said to be"};
  return got;
}

double rate_of(const load_report& report) {
  return report.sibling_seconds > 0 ? static_cast<double>(report.sibling_bytes) / report.sibling_seconds : 0;
}

std::uint64_t bytes_for(double rate) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(rate * download_s / mebibyte)) * mebibyte;
  return std::clamp(whole, fewest_bytes, most_bytes);
}

} // namespace

sibling_rates measure_siblings(runtime& loops, const client& http, const origin::server& from, std::uint64_t stalled,
                               int times, screen& display) {
  sibling_rates result;
  result.stalled = stalled;
  const auto rate_beside = [&](std::uint64_t readers, std::uint64_t bytes) {
    const auto got = download(loops, http, from, bytes, readers, display);
    result.problem = got.ended_early ? got.ended_early : got.first_problem;
    result.held = std::max(result.held, got.held);
    return rate_of(got);
  };
  result.bytes = bytes_for(rate_beside(0, trial_bytes));
  for (int i = 0; i < times && !result.problem; ++i) {
    result.alone.push_back(rate_beside(0, result.bytes));
    if (!result.problem)
      result.beside.push_back(rate_beside(stalled, result.bytes));
  }
  return result;
}

} // namespace sluice::command
