#include "get_outcome.hpp"

#include "display.hpp"
#include "process.hpp"

#include <sluice/messages/errors.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <string>

namespace sluice::command {

namespace {

/// Where a redirect leads to, without the name and password that it may hold.
std::string location_of(const http::response_head& head) {
  const auto given = head.fields.get("location");
  if (!given)
    return "nowhere: it has no Location";
  auto text = std::string{*given};
  const auto authority = text.find("//");
  if (authority != std::string::npos && (authority == 0 || text[authority - 1] == ':')) {
    const auto end = std::min(text.find_first_of("/?#", authority + 2), text.size());
    if (const auto at = text.rfind('@', end); at != std::string::npos && at > authority)
      text.erase(authority + 2, at - authority - 1);
  }
  return printable(text);
}

} // namespace

void say_how_it_ended(const get_options& options, const outcome& got, double seconds) {
  const auto status = got.head.status;
  if (got.problem) {
    std::cerr << "sluice: " << got.problem.detail << (got.whereabouts.empty() ? "" : "; " + got.whereabouts) << "\n";
  } else if (got.refused) {
    std::cerr << "sluice: the origin answered " << status << " " << got.head.reason << "\n";
  } else if (!options.quiet && !options.output.empty() && options.output != "-") {
    std::cerr << fmt::format("sluice: {} in {:.2f} s, {}/s on average, to '{}'\n",
                             human_bytes(static_cast<double>(got.written)), seconds,
                             human_bytes(seconds > 0 ? static_cast<double>(got.written) / seconds : 0), options.output);
  }
  if (options.verbose && got.complete && got.head.end_unproven)
    std::cerr << "* the body ended with the connection, without a length and without TLS: nothing proves that it is "
                 "complete\n";
  const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (redirect && !got.problem && !options.quiet)
    std::cerr << "sluice: " << status << " is a redirect, which is not followed: it leads to " << location_of(got.head)
              << "\n";
}

nlohmann::json figures_of(const outcome& got, std::uint64_t idle, double seconds) {
  return {
      {"status", got.head.status},
      {"protocol", got.head.status ? http::to_string(got.head.version) : ""},
      {"complete", got.complete && got.head.end_unproven ? nlohmann::json("unknown") : nlohmann::json(got.complete)},
      {"wire_bytes", got.stats.received.value},
      {"decoded_bytes", got.stats.decoded.value},
      {"consumed_bytes", got.written},
      {"pauses", got.stats.pauses},
      {"resumes", got.stats.resumes},
      {"credits_sent", got.stats.credits_sent},
      {"credits_handled", got.stats.credits_handled},
      {"outstanding_peak_bytes", got.stats.outstanding_peak.value},
      {"rss_idle_bytes", idle},
      {"rss_peak_bytes", resident_peak_bytes()},
      {"cpu_seconds", cpu_seconds()},
      {"seconds", seconds},
      {"error", got.problem ? nlohmann::json(to_string(got.problem)) : nlohmann::json(nullptr)}};
}

} // namespace sluice::command
