// `sluice load`: many readers at once, some of which stall, and what that costs.
#include "load_run.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace sluice::command {

namespace {

double per_second(double n, double seconds) { return seconds > 0 ? n / seconds : 0; }

nlohmann::json figures_of(const load_options& options, const load_report& got, std::uint64_t idle) {
  nlohmann::json statuses = nlohmann::json::object();
  for (std::size_t i = 0; i < got.statuses.size(); ++i)
    if (got.statuses[i] > 0)
      statuses[i == 0 ? "other" : std::to_string(i) + "xx"] = got.statuses[i];
  nlohmann::json sibling;
  if (!options.sibling.empty())
    sibling = {{"seconds", got.sibling_seconds},
               {"bytes", got.sibling_bytes},
               {"bytes_per_second", per_second(static_cast<double>(got.sibling_bytes), got.sibling_seconds)}};
  return {{"requests", got.done},
          {"failed", got.failed + got.stalled_failed},
          {"statuses", statuses},
          {"seconds", got.seconds},
          {"requests_per_second", per_second(static_cast<double>(got.latencies.size()), got.seconds)},
          {"bytes_per_second", per_second(static_cast<double>(got.bytes), got.seconds)},
          {"latency_seconds", got.latencies.empty() ? nlohmann::json(nullptr)
                                                    : nlohmann::json{{"p50", quantile(got.latencies, 0.5)},
                                                                     {"p90", quantile(got.latencies, 0.9)},
                                                                     {"p99", quantile(got.latencies, 0.99)},
                                                                     {"max", quantile(got.latencies, 1)}}},
          {"stalled", got.stalled},
          {"stalled_outstanding_bytes", got.held},
          {"rss_idle_bytes", idle},
          {"rss_bytes", got.rss},
          {"rss_peak_bytes", resident_peak_bytes()},
          {"cpu_seconds", cpu_seconds()},
          {"sibling", sibling},
          {"error", got.ended_early     ? nlohmann::json(to_string(got.ended_early))
                    : got.first_problem ? nlohmann::json(to_string(got.first_problem))
                                        : nlohmann::json(nullptr)}};
}

std::string speed_of(const load_report& got) {
  if (got.latencies.empty())
    return "none succeeded, so there are no latencies";
  return fmt::format("on average {:.0f} a second succeeded, p50 {:.2f} ms, p99 {:.2f} ms",
                     per_second(static_cast<double>(got.latencies.size()), got.seconds),
                     quantile(got.latencies, 0.5) * 1000, quantile(got.latencies, 0.99) * 1000);
}

std::string sentences(const load_options& options, const load_report& got, std::uint64_t idle) {
  std::string result;
  if (got.done > 0)
    result += fmt::format("{} of {} requests in {:.2f} s, {} failed; {}\n", got.done, options.requests, got.seconds,
                          got.failed, speed_of(got));
  if (const auto good = got.statuses[2],
      all = good + got.statuses[0] + got.statuses[1] + got.statuses[3] + got.statuses[4] + got.statuses[5];
      all > good)
    result += fmt::format("{} of {} responses were not of a status from 200 to 299{}\n", all - good, all,
                          got.statuses[3] > 0 ? "; redirects are not followed" : "");
  if (options.stalled > 0)
    result += fmt::format("{} stalled readers, for whom {} were held, cost {} above the idle process ({})\n",
                          got.stalled, human_bytes(static_cast<double>(got.held)),
                          human_bytes(static_cast<double>(got.rss - std::min(got.rss, idle))),
                          human_bytes(static_cast<double>(idle)));
  if (!options.sibling.empty())
    result += fmt::format("the sibling read {} in {:.2f} s, {}/s on average\n",
                          human_bytes(static_cast<double>(got.sibling_bytes)), got.sibling_seconds,
                          human_bytes(per_second(static_cast<double>(got.sibling_bytes), got.sibling_seconds)));
  return result;
}

client_config configuration_of(const load_options& options) {
  auto config = configuration(options.client);
  config.connections_per_origin = std::clamp<std::uint64_t>(
      options.connections > 0 ? options.connections : options.concurrency + options.stalled + 1, 1, 65535);
  if (options.connections > 0) { // no more than those, however many stall on one
    const auto streams =
        static_cast<std::size_t>(std::min<std::uint64_t>(options.concurrency + options.stalled + 1, 65535));
    config.stalled_streams_per_connection = std::max(config.stalled_streams_per_connection, streams);
    config.http2.concurrent_streams = std::max(config.http2.concurrent_streams, streams);
    config.http3.concurrent_streams = std::max(config.http3.concurrent_streams, streams);
  }
  return config;
}

} // namespace

int load(const load_options& options) {
  if (options.url.empty())
    return complain({errc::invalid_configuration, caused_by::local, "no URL was given; see 'sluice load --help'"});
  if (options.requests == 0 && options.stalled == 0 && options.sibling.empty())
    return complain(
        {errc::invalid_configuration, caused_by::local, "nothing to do: give --requests, --stalled or --sibling"});
  for (const auto& problem : {check_files(options.client), check(options.stats)})
    if (problem)
      return complain(problem);
  waiting_room waiter;
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  auto http = loops.spawn_client(configuration_of(options));
  if (!http)
    return complain(http.error());
  const auto idle = resident_bytes();
  screen display{STDERR_FILENO};
  auto got = measure(loops, *http, options, waiter, &display);
  std::sort(got.latencies.begin(), got.latencies.end());
  if (options.stats.destination != "-")
    std::cout << sentences(options, got, idle) << std::flush;
  if (got.first_problem)
    std::cerr << "sluice: " << got.failed + got.stalled_failed << " failed; the first: " << got.first_problem.detail
              << "\n";
  if (got.ended_early)
    std::cerr << "sluice: " << got.ended_early.detail << "; " << got.done << " of " << options.requests
              << " requests were over\n";
  if (auto problem = write_stats(options.stats, figures_of(options, got, idle)))
    return complain(problem);
  if (!std::cout)
    return complain({errc::consumer_failed, caused_by::local, "writing to standard output failed"});
  return exit_code_of(got.ended_early.code == errc::cancelled || !got.first_problem ? got.ended_early
                                                                                    : got.first_problem);
}

} // namespace sluice::command
