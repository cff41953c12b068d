// `sluice demo`: an origin in this process and three readers of it on one screen: one drains, one stalls and resumes,
// one is cancelled. Contents are verified; what is held for them and memory over time become a plot. Then one reader
// beside many stalled ones on a single HTTP/2 connection, and on one of HTTP/3.
#include "display.hpp"
#include "load_run.hpp"
#include "plot.hpp"
#include "process.hpp"
#include "sink.hpp"

#include <sluice/deploy/origin/content.hpp>
#include <sluice/deploy/origin/server.hpp>

#include <sluice/actors/io/loop.hpp>
#include <sluice/messages/errors.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <iostream>

namespace sluice::command {

namespace {

using namespace std::chrono;

struct demo_report {
  std::vector<std::string> lines; // about the readers
  std::vector<sample> samples;
  std::vector<std::string> problems;
  bool interrupted = false;
};

enum class style : std::uint8_t { draining, stalling, cancelled };

using demonstrator = caf::typed_actor<rpc<void(cancel_atom)>>;

struct demo_state {
  static inline const char* name = "sluice.demo";
  using self_type = pinned_actor<demonstrator, demo_state>;
  explicit demo_state(self_type* x) : self(x), ticker(x->home().io()) {}
  ~demo_state() { // however this actor ended: somebody waits for the report
    if (!result)
      return;
    if (!finished)
      report.problems.push_back("the demonstration ended without saying why");
    result->set_value(std::move(report));
    waiter->wake();
  }

  struct reader {
    style how{};
    const char* label = "";
    std::string url;
    body_reader body;
    origin::checker content{1};
    std::uint64_t bytes = 0;
    flow_stats stats;
    std::string doing = "connecting";
    bool stalled = false, over = false;
    double ended_at = 0;
    recent_rate rate;
  };

  self_type* self;
  const demo_options* options = nullptr;
  const waiting_room* waiter = nullptr;
  screen* display = nullptr;
  client http;
  std::promise<demo_report>* result = nullptr;
  demo_report report;
  std::vector<reader> readers;
  asio::steady_timer ticker;
  steady_clock::time_point begun = steady_clock::now();
  int ticks = 0;
  bool finished = false;

  double now() const { return duration<double>(steady_clock::now() - begun).count(); }

  void start() {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      request x;
      x.url = readers[i].url;
      self->request(http, caf::infinite, x)
          .then(
              [this, i](response& y) {
                readers[i].body = y.body;
                readers[i].doing = "reading";
                read(i);
              },
              [this, i](caf::error& y) { over(i, "failed: " + failure_of(y).detail, true); });
    }
    tick();
  }

  void read(std::size_t i) {
    self->request(readers[i].body, caf::infinite, read_atom::value, decoded_bytes{64u << 10})
        .then(
            [this, i](piece& x) {
              auto& r = readers[i];
              if (x.end) {
                const bool whole = r.content.good() && r.bytes == options->bytes;
                return over(i, whole ? "complete, every byte verified" : "complete, but WRONG content", !whole);
              }
              r.bytes += x.data.size();
              r.content.update(x.data.bytes());
              if (r.how == style::stalling && !r.stalled && r.bytes >= options->bytes / 4) {
                r.stalled = true;
                r.doing = "stalled for 2 s on purpose";
                stalled_at = now();
                return;
              }
              if (r.how == style::cancelled && r.bytes >= options->bytes / 3) {
                self->send(r.body, cancel_atom::value);
                return over(i, "cancelled on purpose after a third", false);
              }
              read(i);
            },
            [this, i](caf::error& x) { over(i, "failed: " + failure_of(x).detail, true); });
  }

  void over(std::size_t i, std::string how, bool bad) {
    readers[i].doing = how;
    readers[i].over = true;
    readers[i].ended_at = now();
    if (bad)
      report.problems.push_back(std::string{readers[i].label} + ": " + how);
  }

  /// Every 50 ms: figures of all readers, one more sample, the screen; and the stalled reader goes on after 2 s.
  void tick() {
    ticker.expires_after(milliseconds{50});
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code)
        return;
      for (std::size_t i = 0; i < readers.size(); ++i)
        if (readers[i].body)
          self->request(readers[i].body, caf::infinite, stats_atom::value)
              .then([this, i](flow_stats& x) { readers[i].stats = x; }, [](caf::error&) {});
      sample now_is{now(), {}, resident_bytes()};
      for (std::size_t i = 0; i < readers.size(); ++i)
        now_is.held[i] = readers[i].stats.outstanding.value;
      report.samples.push_back(now_is);
      for (std::size_t i = 0; i < readers.size(); ++i)
        if (readers[i].stalled && readers[i].doing.starts_with("stalled") && now() > stalled_at + 2) {
          readers[i].doing = "resumed";
          read(i);
        }
      const bool all_over = std::all_of(readers.begin(), readers.end(), [](const reader& x) { return x.over; });
      if (++ticks % 4 == 0)
        draw();
      if (all_over && ++settled > 4)
        return finish();
      tick();
    }));
  }
  int settled = 0;
  double stalled_at = 0;

  void finish() {
    finished = true;
    for (const auto& r : readers) {
      const auto seconds = r.over ? r.ended_at : now();
      report.lines.push_back(fmt::format("{}: {}", r.label, r.doing));
      report.lines.push_back(fmt::format(
          "  {} in {:.1f} s, {}/s on average; at most {} held; {} pauses", human_bytes(static_cast<double>(r.bytes)),
          seconds, human_bytes(seconds > 0 ? static_cast<double>(r.bytes) / seconds : 0),
          human_bytes(static_cast<double>(r.stats.outstanding_peak.value)), r.stats.pauses));
    }
    ticker.cancel();
    display->clear();
    self->quit();
  }

  /// All readers in the same way: the richest in which each line fits.
  void draw() {
    std::vector<std::vector<std::string>> ways(4);
    for (auto& r : readers) {
      r.rate.note(now(), r.bytes);
      const auto part = static_cast<double>(r.bytes) / static_cast<double>(options->bytes);
      const auto label = fmt::format("{:<9} {:3.0f}%", r.label, std::floor(part * 100));
      const auto rate = r.over ? std::string{} : human_bytes(r.rate.per_second()) + "/s";
      const auto figures =
          fmt::format("{:>12}  {:>10} held", rate, human_bytes(static_cast<double>(r.stats.outstanding.value)));
      ways[0].push_back(fmt::format("{}  {}  {}  {}", label, bar(part, 22), figures, r.doing));
      ways[1].push_back(fmt::format("{}  {}  {}", label, figures, r.doing));
      ways[2].push_back(fmt::format("{} {:>12}  {}", label, rate, r.doing));
      ways[3].push_back(fmt::format("{} {:>12}", label, rate));
    }
    std::size_t way = 0;
    const auto too_wide = [width = display->columns()](const std::string& line) { return columns_of(line) > width; };
    while (way + 1 < ways.size() && std::any_of(ways[way].begin(), ways[way].end(), too_wide))
      ++way;
    display->draw(ways[way]);
  }
};

demonstrator::behavior_type run_demo(demo_state::self_type* self, const demo_options* options,
                                     const waiting_room* waiter, screen* display, const client& http,
                                     const std::vector<std::string>& urls, std::promise<demo_report>* result) {
  auto& my = self->state;
  my.options = options;
  my.waiter = waiter;
  my.display = display;
  my.http = http;
  my.result = result;
  const char* labels[] = {"draining", "stalling", "cancelled"};
  for (std::size_t i = 0; i < urls.size(); ++i) {
    my.readers.emplace_back();
    my.readers.back().how = static_cast<style>(i);
    my.readers.back().label = labels[i];
    my.readers.back().url = urls[i];
  }
  my.start();
  return {[self](cancel_atom) {
    self->state.report.interrupted = true;
    self->state.finish();
  }};
}

/// One connection: a reader by itself, then the same beside streams whose readers stall.
failure siblings(runtime& loops, const client& http, const char* protocol, const std::string& url,
                 std::uint64_t stalled, screen& display) {
  const auto run = [&](std::uint64_t n) {
    waiting_room waiter;
    load_options what;
    what.url = what.sibling = url;
    what.stalled = n;
    what.no_drain = true;
    const auto got = measure(loops, http, what, waiter, &display);
    const auto rate = got.sibling_seconds > 0 ? static_cast<double>(got.sibling_bytes) / got.sibling_seconds : 0;
    if (!got.ended_early)
      std::cout << (n == 0 ? fmt::format("one {} connection, a reader by itself: ", protocol)
                           : fmt::format("beside {} stalled readers, for whom {} are held each: ", got.stalled,
                                         human_bytes(static_cast<double>(got.held)
                                                     / static_cast<double>(std::max<std::uint64_t>(got.stalled, 1)))))
                << human_bytes(rate) << "/s" << std::endl;
    return got.ended_early ? got.ended_early : got.first_problem;
  };
  const auto alone = run(0);
  return alone ? alone : run(stalled);
}

} // namespace

int demo(const demo_options& x) {
  if (auto problem = check_output(x.plot))
    return complain(problem);
  auto waiter = std::make_optional<waiting_room>();
  auto server = origin::server::start({});
  if (!server)
    return complain(server.error());
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  client_config config;
  config.tls.ca_pem = (*server)->certificate_pem();
  auto http = loops.spawn_client(config);
  if (!http)
    return complain(http.error());
  screen display{STDOUT_FILENO};
  const auto path = "/bytes/" + std::to_string(x.bytes);
  std::cout << "3 readers of " << human_bytes(static_cast<double>(x.bytes))
            << " each, two over HTTP/1.1; the second stalls, over HTTP/2" << std::endl;
  std::promise<demo_report> promise;
  auto future = promise.get_future();
  auto actor = spawn_on(loops.home(), run_demo, &x, &*waiter, &display, *http,
                        std::vector<std::string>{(*server)->url(path), (*server)->tls_url(path), (*server)->url(path)},
                        &promise);
  auto got = waiter->result_of(std::move(future), [&] { caf::anon_send(actor, cancel_atom::value); });
  waiter.reset();
  for (const auto& line : got.lines)
    std::cout << line << "\n";
  std::cout << std::flush;
  if (got.interrupted)
    return complain({errc::cancelled, caused_by::local, "interrupted"});
  if (got.samples.empty() || !(std::ofstream{x.plot} << plot(got.samples)))
    return complain({errc::consumer_failed, caused_by::local, "--plot: '" + x.plot + "' cannot be written"});
  config.protocol = http_choice::http3_only;
  auto over_quic = loops.spawn_client(config);
  if (!over_quic)
    return complain(over_quic.error());
  for (const auto& [protocol, client] : {std::pair{"HTTP/2", *http}, std::pair{"HTTP/3", *over_quic}})
    if (auto problem = siblings(loops, client, protocol, (*server)->tls_url(path), 64, display)) {
      if (problem.code == errc::cancelled)
        return complain(problem);
      got.problems.push_back(std::string{"siblings on one "} + protocol + " connection: " + problem.detail);
    }
  std::cout << "resident memory at most " << human_bytes(static_cast<double>(resident_peak_bytes()))
            << ", client and origin; plot: " << x.plot << std::endl;
  for (const auto& problem : got.problems)
    std::cerr << "sluice: " << problem << "\n";
  return got.problems.empty() ? success : bad_response;
}

} // namespace sluice::command
