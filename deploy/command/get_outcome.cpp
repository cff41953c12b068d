#include "get_outcome.hpp"

#include "display.hpp"
#include "process.hpp"
#include "url_edits.hpp"

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
  return printable(without_user_information(std::string{*given}));
}

/// A sentence about a transfer, which is named if there are others.
std::string beginning(const outcome& got, bool alone) {
  return alone                ? "sluice: "
         : got.output.empty() ? "sluice: " + got.url + ": "
                              : "sluice: '" + printable(got.output) + "': ";
}

std::string summary(const outcome& got) {
  if (got.nothing_left)
    return fmt::format("'{}' was complete already", got.output);
  if (got.unmodified)
    return "not modified: nothing was written";
  return fmt::format("{} in {:.2f} s, {}/s on average, to '{}'", human_bytes(static_cast<double>(got.written)),
                     got.seconds, human_bytes(got.seconds > 0 ? static_cast<double>(got.written) / got.seconds : 0),
                     got.output);
}

nlohmann::json hops_of(const outcome& got) {
  auto result = nlohmann::json::array();
  for (const auto& hop : got.hops)
    result.push_back({{"url", without_user_information(hop.url)},
                      {"status", hop.head.status},
                      {"location", std::string{hop.head.fields.get("location").value_or("")}}});
  return result;
}

nlohmann::json figures_of(const outcome& got) {
  return {
      {"status", got.head.status},
      {"url_effective", got.figures.url_effective},
      {"redirects", hops_of(got)},
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
      {"seconds", got.seconds},
      {"error", got.problem ? nlohmann::json(to_string(got.problem)) : nlohmann::json(nullptr)}};
}

} // namespace

exit_code exit_code_of(const outcome& got) {
  return got.special ? *got.special : got.problem ? exit_code_of(got.problem) : got.refused ? http_error : success;
}

void say_how_it_ended(const get_options& options, const outcome& got, bool alone) {
  const auto status = got.head.status;
  if (got.problem) {
    std::cerr << beginning(got, alone) << got.problem.detail << (got.whereabouts.empty() ? "" : "; " + got.whereabouts)
              << "\n";
  } else if (got.refused) {
    std::cerr << beginning(got, alone) << "the origin answered " << status << " " << got.head.reason << "\n";
  } else if (alone && !options.quiet && !got.output.empty()) {
    std::cerr << "sluice: " << summary(got) << "\n";
  }
  if (options.verbose && got.complete && got.head.end_unproven)
    std::cerr << "* the body ended with the connection, without a length and without TLS: nothing proves that it is "
                 "complete\n";
  const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  if (redirect && !got.problem && !options.quiet)
    std::cerr << beginning(got, alone) << status << " is a redirect, which is not followed"
              << (options.follow.follows() ? "" : " without -L") << ": it leads to " << location_of(got.head) << "\n";
}

void say_how_all_ended(const get_options& options, const run_outcome& got) {
  if (options.quiet)
    return;
  const auto bytes = static_cast<double>(got.bytes);
  std::cerr << fmt::format("sluice: {} of {} transfers done, {} in {:.2f} s, {}/s on average\n", got.count - got.failed,
                           got.count, human_bytes(bytes), got.seconds,
                           human_bytes(got.seconds > 0 ? bytes / got.seconds : 0));
}

nlohmann::json figures_of(const run_outcome& got, std::uint64_t idle) {
  nlohmann::json result;
  if (got.count == 1 && !got.transfers.empty()) {
    result = figures_of(got.transfers.front());
  } else {
    result["transfers"] = nlohmann::json::array();
    for (const auto& each : got.transfers) {
      auto figures = figures_of(each);
      figures["url"] = each.url;
      figures["output"] = each.output.empty() ? nlohmann::json(nullptr) : nlohmann::json(each.output);
      result["transfers"].push_back(std::move(figures));
    }
    result["count"] = got.count;
    result["failed"] = got.failed;
    result["consumed_bytes"] = got.bytes;
  }
  result["seconds"] = got.seconds;
  result["rss_idle_bytes"] = idle;
  result["rss_peak_bytes"] = resident_peak_bytes();
  result["cpu_seconds"] = cpu_seconds();
  return result;
}

} // namespace sluice::command
