// `sluice load`: many readers at once, some of which stall, and what that costs. All of them run on the event loop.
#include "command.hpp"

#include <sluice/actors/for_each.hpp>
#include <sluice/actors/io/loop.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iostream>

namespace sluice::command {

namespace {

using namespace std::chrono;

using driver = caf::typed_actor<rpc<void(begin_atom)>>;

struct driver_state {
  static inline const char* name = "sluice.load";
  using self_type = pinned_actor<driver, driver_state>;
  explicit driver_state(self_type* x) : self(x), timer(x->home().io()) {}

  self_type* self;
  const load_options* options = nullptr;
  client http;
  std::promise<load_report>* result = nullptr;
  load_report got;
  asio::steady_timer timer;
  std::vector<body_reader> held; // of the stalled readers
  std::vector<chunk> lent;       // and what they were lent, which they keep
  std::uint64_t started = 0, under_way = 0, stalled_answered = 0, draining = 0;
  steady_clock::time_point begun;
  bool sibling_done = true, work_over = false;

  request make(const std::string& url) const {
    request x;
    x.url = url;
    x.deadlines.connect = milliseconds{static_cast<std::int64_t>(options->client.connect_timeout_s * 1000)};
    x.read.window = wire_bytes{options->client.window_bytes};
    x.read.decode = false;
    return x;
  }

  void note(const failure& x) {
    if (!got.first_problem)
      got.first_problem = x;
  }

  void start() {
    if (options->stalled == 0)
      return work();
    for (std::uint64_t i = 0; i < options->stalled; ++i)
      self->request(http, caf::infinite, make(options->url)).then([this](response& x) { stall(x.body); }, [this](caf::error& x) { stall_failed(x); });
  }

  /// Reads one piece and then no more: what is lent stays unsettled.
  void stall(const body_reader& body) {
    self->request(body, caf::infinite, read_atom::value, decoded_bytes{64u << 10})
      .then(
        [this, body](piece& x) {
          got.bytes += x.data.size();
          ++got.stalled;
          held.push_back(body);
          lent.push_back(std::move(x.data));
          stalled_ready();
        },
        [this](caf::error& x) { stall_failed(x); });
  }
  void stall_failed(const caf::error& x) {
    ++got.stalled_failed;
    note(failure_of(x));
    stalled_ready();
  }
  void stalled_ready() {
    if (++stalled_answered == options->stalled)
      settle(0, 0);
  }
  /// Until the windows are full: what is outstanding no longer grows.
  void settle(std::uint64_t before, int looks) {
    constexpr int most_looks = 50;
    wait(milliseconds{100}, [this, before, looks] {
      self->request(http, caf::infinite, stats_atom::value)
        .then(
          [this, before, looks](client_stats& x) {
            const auto now = got.outstanding = x.flow.outstanding.value;
            if ((now > 0 && now == before) || looks == most_looks)
              work();
            else
              settle(now, looks + 1);
          },
          [this](caf::error&) { work(); });
    });
  }

  static steady_clock::duration seconds_of(double x) { return duration_cast<steady_clock::duration>(duration<double>(x)); }
  template <class F>
  void wait(steady_clock::duration time, F f) {
    timer.expires_after(time);
    timer.async_wait(self->bind([f](const std::error_code& code) {
      if (!code)
        f();
    }));
  }

  void work() {
    begun = steady_clock::now();
    if (!options->sibling.empty())
      sibling();
    if (options->requests > 0) {
      for (std::uint64_t i = 0; i < std::min(options->concurrency, options->requests); ++i)
        next();
    } else if (options->sibling.empty()) {
      wait(seconds_of(options->hold_s), [this] { work_finished(); });
    }
  }

  void next() {
    if (started == options->requests) {
      if (under_way == 0 && sibling_done)
        work_finished();
      return;
    }
    ++started;
    ++under_way;
    const auto from = steady_clock::now();
    self->request(http, caf::infinite, make(options->url))
      .then(
        [this, from](response& x) {
          for_each(self, std::move(x.body), [this](const chunk& data) { got.bytes += data.size(); },
                   [this, from](const failure& problem) { ended(from, problem); });
        },
        [this, from](caf::error& x) { ended(from, failure_of(x)); });
  }

  void ended(steady_clock::time_point from, const failure& problem) {
    --under_way;
    ++got.done;
    if (problem) {
      ++got.failed;
      note(problem);
    }
    got.latencies.push_back(duration<double>(steady_clock::now() - from).count());
    next();
  }

  void sibling() {
    sibling_done = false;
    const auto from = steady_clock::now();
    auto over = [this, from](const failure& problem) {
      got.sibling_seconds = duration<double>(steady_clock::now() - from).count();
      if (problem) {
        ++got.failed;
        note(problem);
      }
      sibling_done = true;
      if (started == options->requests && under_way == 0)
        work_finished();
    };
    self->request(http, caf::infinite, make(options->sibling))
      .then([this, over](response& x) { for_each(self, std::move(x.body), [this](const chunk& data) { got.sibling_bytes += data.size(); }, over); },
            [over](caf::error& x) { over(failure_of(x)); });
  }

  void work_finished() {
    if (std::exchange(work_over, true))
      return;
    got.seconds = duration<double>(steady_clock::now() - begun).count();
    got.rss = resident_bytes();
    if (options->no_drain || held.empty())
      return finish();
    draining = held.size();
    lent.clear();
    for (auto& body : std::exchange(held, {}))
      for_each(self, body, [](const chunk&) {}, [this](const failure& problem) {
        if (problem) {
          ++got.stalled_failed;
          note(problem);
        }
        if (--draining == 0)
          finish();
      });
  }

  void finish() {
    held.clear();
    lent.clear();
    result->set_value(std::move(got));
    self->quit();
  }
};

driver::behavior_type run_driver(driver_state::self_type* self, const load_options* options, const client& http, std::promise<load_report>* result) {
  self->state.options = options;
  self->state.http = http;
  self->state.result = result;
  self->state.start();
  return {[](begin_atom) {}};
}

double at(const std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

} // namespace

load_report measure(runtime& loops, const client& http, const load_options& x) {
  std::promise<load_report> promise;
  auto future = promise.get_future();
  spawn_on(loops.home(), run_driver, &x, http, &promise);
  return future.get();
}

int load(const load_options& x) {
  if (x.requests == 0 && x.stalled == 0 && x.sibling.empty()) {
    std::cerr << "sluice: nothing to do: give --requests, --stalled or --sibling\n";
    return usage;
  }
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  auto config = configuration(x.client);
  config.connections_per_origin = std::clamp<std::uint64_t>(x.connections > 0 ? x.connections : x.concurrency + x.stalled + 1, 1, 65535);
  if (x.connections > 0) { // no more than those, however many stall on one
    const auto streams = static_cast<std::size_t>(std::min<std::uint64_t>(x.concurrency + x.stalled + 1, 65535));
    config.stalled_streams_per_connection = std::max(config.stalled_streams_per_connection, streams);
    config.http2.concurrent_streams = std::max(config.http2.concurrent_streams, streams);
    config.http3.concurrent_streams = std::max(config.http3.concurrent_streams, streams);
  }
  auto http = loops.spawn_client(config);
  if (!http) {
    std::cerr << "sluice: " << http.error().detail << "\n";
    return usage;
  }
  const auto idle = resident_bytes();
  auto got = measure(loops, *http, x);
  std::sort(got.latencies.begin(), got.latencies.end());
  const auto per_second = [&](double n) { return got.seconds > 0 ? n / got.seconds : 0; };
  nlohmann::json figures{
    {"requests", got.done}, {"failed", got.failed + got.stalled_failed}, {"seconds", got.seconds},
    {"requests_per_second", per_second(static_cast<double>(got.done))}, {"bytes_per_second", per_second(static_cast<double>(got.bytes))},
    {"latency_seconds", {{"p50", at(got.latencies, 0.5)}, {"p90", at(got.latencies, 0.9)}, {"p99", at(got.latencies, 0.99)}, {"max", got.latencies.empty() ? 0 : got.latencies.back()}}},
    {"stalled", got.stalled}, {"stalled_outstanding_bytes", got.outstanding}, {"rss_idle_bytes", idle}, {"rss_bytes", got.rss}, {"cpu_seconds", cpu_seconds()},
    {"sibling", x.sibling.empty() ? nlohmann::json(nullptr)
                                  : nlohmann::json{{"seconds", got.sibling_seconds}, {"bytes", got.sibling_bytes},
                                                   {"bytes_per_second", got.sibling_seconds > 0 ? static_cast<double>(got.sibling_bytes) / got.sibling_seconds : 0}}}};
  if (x.json) {
    std::cout << figures.dump() << std::endl;
  } else {
    if (got.done > 0)
      std::cout << fmt::format("{} requests in {:.2f} s: {:.0f} a second, p50 {:.2f} ms, p99 {:.2f} ms, {} failed\n", got.done, got.seconds,
                               per_second(static_cast<double>(got.done)), at(got.latencies, 0.5) * 1000, at(got.latencies, 0.99) * 1000, got.failed);
    if (x.stalled > 0)
      std::cout << fmt::format("{} stalled readers cost {} above the idle process ({})\n", got.stalled, human_bytes(static_cast<double>(got.rss) - static_cast<double>(idle)), human_bytes(static_cast<double>(idle)));
    if (!x.sibling.empty())
      std::cout << fmt::format("the sibling read {} in {:.2f} s\n", human_bytes(static_cast<double>(got.sibling_bytes)), got.sibling_seconds);
  }
  if (got.first_problem)
    std::cerr << "sluice: " << got.failed + got.stalled_failed << " failed; the first: " << got.first_problem.detail << "\n";
  return got.first_problem ? static_cast<int>(exit_code_of(got.first_problem)) : static_cast<int>(success);
}

} // namespace sluice::command
