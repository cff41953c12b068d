// `sluice demo`: an origin in this process, and over each protocol the same stall by a reader of sluice and by one that
// buffers without bound, as a table and a plot. Then the rate of a reader alone and beside stalled ones, on one
// connection of HTTP/2 and on one of HTTP/3.
#include "command.hpp"
#include "demo_plot.hpp"
#include "rate_comparison.hpp"
#include "sibling_rates.hpp"
#include "sink.hpp"
#include "stall_comparison.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

namespace sluice::command {

namespace {

constexpr std::uint64_t unbounded_bytes_max = 128u << 20; // what the reader without bound may put into memory
constexpr std::uint64_t body_s = 4;                       // for which the origin makes a body last, stalls apart
constexpr std::uint64_t stalled_siblings = 64;
constexpr int rates_each = 5;
/// SO_SNDBUF. What waits there counts as sent: by default that is up to 4 MiB over loopback, before TCP has sent it.
constexpr std::size_t origin_send_buffer_bytes = 128u << 10;
const failure interruption{errc::cancelled, caused_by::local, "interrupted"};

struct protocol_choice {
  const char* name;
  http_choice choice;
};
constexpr protocol_choice protocols[] = {
    {"HTTP/1.1", http_choice::http1}, {"HTTP/2", http_choice::http2}, {"HTTP/3", http_choice::http3_only}};

/// A server for each of the two readers, so that what it has sent is that reader's body alone.
using server_pair = std::array<std::unique_ptr<origin::server>, 2>;

struct demonstration {
  const demo_options& options;
  const server_pair& servers;
  runtime& loops;
  std::optional<waiting_room>& waiter; // until the first wait is over
  std::array<client, std::size(protocols)> clients{};
  std::vector<stall_comparison> rows{};
  std::vector<std::string> problems{};
};

result_or_failure<server_pair> start_servers() {
  server_pair result;
  for (auto& server : result) {
    origin::config settings;
    settings.send_buffer_bytes = origin_send_buffer_bytes;
    auto started = origin::server::start(settings);
    if (!started)
      return started.error();
    server = std::move(*started);
  }
  return result;
}

failure start_clients(demonstration& demo) {
  for (std::size_t i = 0; i < std::size(protocols); ++i) {
    client_config config;
    config.protocol = protocols[i].choice;
    config.tls.ca_pem = demo.servers[0]->certificate_pem() + demo.servers[1]->certificate_pem();
    auto http = demo.loops.spawn_client(config);
    if (!http)
      return http.error();
    demo.clients[i] = *http;
  }
  return {};
}

stalled_body body_from(const origin::server& server, const client& http, std::uint64_t bytes) {
  const auto before = server.snapshot().bytes_written;
  return {http, server.tls_url(fmt::format("/bytes/{}?rate={}", bytes, bytes / body_s)), bytes,
          [&server, before] { return server.snapshot().bytes_written - before; }};
}

void tell_what_is_compared(std::uint64_t bytes) {
  std::cout << "A reader stalls for 2 s: what does its origin send meanwhile?\n\n"
               "Two readers at once: one of sluice, and one that buffers without bound: the same\n"
               "client, but each piece is put into a queue in memory as soon as it has come.\n"
            << fmt::format("Bodies of {}, for which the origin takes {} s; each byte is verified.\n",
                           human_bytes(static_cast<double>(bytes)), body_s);
  if (bytes > unbounded_bytes_max)
    std::cout << fmt::format("The reader without bound gets {} only, lest it fill the memory.\n",
                             human_bytes(static_cast<double>(unbounded_bytes_max)));
  std::cout << "\nheld at most: sent by the origin and not yet consumed by the reader\n"
            << fmt::format("{:<10}{:>14}{:>18}", "", "sluice", "without bound") << std::endl;
}

/// One protocol after the other, a line of the table for each.
failure compare_protocols(demonstration& demo, screen& display) {
  for (std::size_t i = 0; i < std::size(protocols); ++i) {
    const auto bytes = demo.options.bytes;
    const std::array<stalled_body, 2> bodies{
        body_from(*demo.servers[0], demo.clients[i], bytes),
        body_from(*demo.servers[1], demo.clients[i], std::min(bytes, unbounded_bytes_max))};
    if (!demo.waiter)
      demo.waiter.emplace();
    auto got = compare_stalls(demo.loops, protocols[i].name, bodies, *demo.waiter, display);
    demo.waiter.reset();
    if (got.interrupted)
      return interruption;
    const auto& row = got.comparison;
    std::cout << fmt::format("{:<10}{:>14}{:>18}", row.protocol,
                             human_bytes(static_cast<double>(row.sluice.held_peak_bytes)),
                             human_bytes(static_cast<double>(row.unbounded.held_peak_bytes)))
              << std::endl;
    demo.rows.push_back(std::move(got.comparison));
    demo.problems.insert(demo.problems.end(), got.problems.begin(), got.problems.end());
  }
  return {};
}

void tell_rates(const char* protocol, const sibling_rates& got) {
  const auto alone = spread_of(got.alone), beside = spread_of(got.beside);
  std::cout << fmt::format("{:<10}{:>22}{:>22}{:>8.2f}\n", protocol, in_mebibytes(alone), in_mebibytes(beside),
                           alone.median > 0 ? beside.median / alone.median : 0)
            << fmt::format("{:<10}{}; {} held for each that stalls\n", "", verdict(alone, beside),
                           human_bytes(static_cast<double>(got.held) / static_cast<double>(got.stalled)))
            << std::flush;
}

/// On one connection each: HTTP/1.1 carries one body at a time.
failure compare_siblings(demonstration& demo, screen& display) {
  std::cout << fmt::format("\nOne connection: the rate of one reader alone and beside {} that stall, in turn,\n"
                           "{} times each: median (lowest..highest), MiB/s\n{:<10}{:>22}{:>22}{:>8}",
                           stalled_siblings, rates_each, "", "alone", "beside", "ratio")
            << std::endl;
  for (std::size_t i = 1; i < std::size(protocols); ++i) {
    const auto got =
        measure_siblings(demo.loops, demo.clients[i], *demo.servers[0], stalled_siblings, rates_each, display);
    if (got.problem.code == errc::cancelled)
      return got.problem;
    if (got.problem)
      demo.problems.push_back(fmt::format("siblings over {}: {}", protocols[i].name, got.problem.detail));
    else
      tell_rates(protocols[i].name, got);
  }
  return {};
}

failure run(demonstration& demo) {
  screen display{STDOUT_FILENO};
  tell_what_is_compared(demo.options.bytes);
  if (auto problem = compare_protocols(demo, display))
    return problem;
  if (!(std::ofstream{demo.options.plot} << demo_plot(demo.rows) << std::flush))
    return {errc::consumer_failed, caused_by::local, "--plot: '" + demo.options.plot + "' cannot be written"};
  std::cout << "HTTP/1.1 leaves it to TCP to hold the origin back: its figure has what the\n"
               "kernel's socket buffers take.\nplot over time: "
            << demo.options.plot << std::endl;
  return compare_siblings(demo, display);
}

} // namespace

int demo(const demo_options& options) {
  if (auto problem = check_output(options.plot))
    return complain(problem);
  auto waiter = std::make_optional<waiting_room>(); // before any thread
  const auto servers = start_servers();
  if (!servers)
    return complain(servers.error());
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  demonstration demo{options, *servers, loops, waiter};
  auto problem = start_clients(demo);
  if (!problem)
    problem = run(demo);
  for (const auto& line : demo.problems)
    std::cerr << "sluice: " << line << "\n";
  if (problem)
    return complain(problem);
  return demo.problems.empty() ? success : bad_response;
}

} // namespace sluice::command
