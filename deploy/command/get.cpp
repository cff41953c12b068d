// `sluice get`: checks the options, makes the client, runs the transfers, and writes the figures.
#include "command.hpp"
#include "input_file.hpp"
#include "process.hpp"
#include "proxy_variables.hpp"
#include "transfers.hpp"

#include <sluice/messages/errors.hpp>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace sluice::command {

namespace {

failure wrong(std::string why) { return {errc::invalid_configuration, caused_by::local, std::move(why)}; }

/// Bodies beside what else is asked for.
failure check_bodies(const get_options& options) {
  if (auto problem = check(options.upload))
    return problem;
  const auto& bodies = options.upload.given;
  if (bodies.empty() || options.upload.in_query)
    return {};
  const auto kind = bodies.front().kind;
  if (options.receive.head)
    return wrong(std::string{"-I asks for the head alone (HEAD), and "} + option_name(kind)
                 + " sends a body; give one of them");
  const auto urls = options.receive.urls.size();
  if (kind == body_kind::upload_file && (options.receive.continue_at || !options.receive.range.empty()))
    return wrong(std::string{options.receive.continue_at ? "-C" : "-r"}
                 + " and -T cannot be given together: a part is fetched, but a file is sent as a whole");
  if (kind == body_kind::upload_file && bodies.size() > urls)
    return wrong("-T is given " + std::to_string(bodies.size()) + " times and a URL "
                 + (urls == 1 ? "once" : std::to_string(urls) + " times") + ": each file is sent to a URL of its own");
  return {};
}

failure check(const get_options& options) {
  for (const auto& problem : {check(options.receive), check_bodies(options)})
    if (problem)
      return problem;
  if (options.stall_after > 0 && options.stall_for_s == 0)
    return wrong("--stall-after needs --stall-for, which says how long to stall; write --stall-for 5, for example");
  for (const auto& [given, name] :
       {std::pair{options.include_head, "-i"}, std::pair{options.compressed, "--compressed"}})
    if (options.receive.continue_at && given)
      return wrong(std::string{"-C and "} + name + " cannot be given together: offsets are of the body as it is sent");
  return {};
}

/// -w FORMAT, where '@FILE' names a file with it.
result_or_failure<std::optional<write_out>> write_out_of(const std::string& text) {
  if (text.empty())
    return std::optional<write_out>{};
  auto format = text.front() == '@' ? read_input("-w", text.substr(1)) : result_or_failure<std::string>{text};
  if (!format)
    return format.error();
  auto result = write_out::parse(*format);
  for (const auto& name : result.unknown())
    std::cerr << "sluice: -w: there is no variable '" << printable(name)
              << "', and nothing is written for it; %{json} writes all that there are\n";
  return std::optional{std::move(result)};
}

std::optional<time_condition> condition_of(const get_options& options) {
  auto result =
      options.receive.time_condition.empty() ? std::nullopt : parse_time_condition(options.receive.time_condition);
  if (!result && !options.receive.time_condition.empty() && !options.quiet)
    std::cerr << "sluice: -z: '" << printable(options.receive.time_condition)
              << "' is neither a date nor a file that is there; the condition is left out\n";
  return result;
}

/// A line of -v for each variable that curl would take a proxy from.
void say_which_proxies_are_ignored(const get_options& options) {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
  };
  if (options.verbose)
    for (const auto& name : ignored_proxy_variables(options.receive.urls, is_set))
      std::cerr << "* " << name << " is set, but not used: sluice has no proxies yet\n";
}

} // namespace

int get(get_options options) {
  for (const auto& problem : {check(options), check_files(options.client), check(options.stats)})
    if (problem)
      return complain(problem);
  auto plan = transfer_plan::make(options.receive);
  auto format = write_out_of(options.receive.write_out);
  if (!plan || !format)
    return complain(plan ? format.error() : plan.error());
  if (auto problem = read_inputs(options.upload)) // after all that can be wrong without it: it may wait
    return complain(problem);
  auto context = std::make_shared<transfer_context>();
  if (auto problem = context->heads.open(options.receive.dump_header, options.receive.create_dirs))
    return complain(problem);
  context->condition = condition_of(options);
  context->alone = plan->size() == 1;
  say_which_proxies_are_ignored(options);
  context->options = &options;
  waiting_room waiter;
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  auto http = loops.spawn_client(configuration(options.client));
  if (!http)
    return complain(http.error());
  constexpr std::size_t disk_threads = 4; // a file system flushes several files nearly as fast as one
  asio::thread_pool disk{plan->size() > 1 ? disk_threads : 1};
  context->http = *std::move(http);
  context->system = &system;
  context->disk = &disk;
  const auto idle = resident_bytes();
  const auto got = run_transfers(loops.home(), context, *plan, *format, waiter);
  if (plan->size() > 1)
    say_how_all_ended(options, got);
  context->http = client{};
  int code = got.code;
  if (auto problem = write_stats(options.stats, figures_of(got, idle)))
    code = complain(problem);
  if (got.awaits_input) { // else the end of the actor system would wait for input that nobody needs any more
    std::cout.flush();
    std::cerr.flush();
    _exit(code);
  }
  return code;
}

} // namespace sluice::command
