#include "load_run.hpp"

#include "option_words.hpp"
#include "request.hpp"
#include "url_edits.hpp"

#include <sluice/actors/for_each.hpp>
#include <sluice/actors/io/loop.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>

namespace sluice::command {

namespace {

using namespace std::chrono;

using driver = caf::typed_actor<rpc<void(cancel_atom)>>;

/// Failures of getting through to the origin at all, for one request after another of which waiting again and again
/// helps nobody.
bool is_unreachable(const failure& problem) {
  return problem.code == errc::resolve_failed || problem.code == errc::connect_failed || problem.code == errc::timed_out
         || problem.code == errc::peer_silent;
}

struct driver_state {
  static inline const char* name = "sluice.load";
  using self_type = pinned_actor<driver, driver_state>;
  explicit driver_state(self_type* actor)
    : self(actor), timer(actor->home().io()), ticker(actor->home().io()), deadline(actor->home().io()) {}
  ~driver_state() { // however this actor ended: somebody waits for the result
    if (!result)
      return;
    if (!over)
      got.ended_early = {errc::internal, caused_by::local, "the run ended without saying why"};
    result->set_value(std::move(got));
    waiter->wake();
  }

  self_type* self;
  const load_options* options = nullptr;
  const waiting_room* waiter = nullptr;
  screen* display = nullptr;
  client http;
  std::promise<load_report>* result = nullptr;
  load_report got;
  asio::steady_timer timer, ticker, deadline;
  recent_rate request_rate, byte_rate;
  std::vector<body_reader> held; // of the stalled readers
  std::vector<chunk> lent;       // and what they were lent, which they keep
  std::uint64_t started = 0, under_way = 0, stalled_answered = 0, draining = 0, unreachable_in_a_row = 0;
  std::optional<steady_clock::time_point> begun; // the work, once the stalled readers stall
  bool sibling_done = true, work_over = false, over = false;

  request make(const std::string& url) const {
    request outgoing;
    outgoing.url = encoded_url(url);
    outgoing.deadlines.connect = milliseconds_of(options->client.connect_timeout_s);
    outgoing.deadlines.peer_silence = milliseconds_of(options->peer_silence_s);
    outgoing.read.window = wire_bytes{options->client.window_bytes};
    outgoing.read.decode = false;
    return outgoing;
  }

  void note(const failure& problem) {
    if (!got.first_problem)
      got.first_problem = in_words_of_options(problem);
  }

  void start() {
    if (options->max_time_s > 0) {
      deadline.expires_after(seconds_of(options->max_time_s));
      deadline.async_wait(self->bind([this](const std::error_code& code) {
        if (!code)
          end_early({errc::timed_out, caused_by::local,
                     fmt::format("--max-time: not all was done within {} s", options->max_time_s)});
      }));
    }
    if (display && display->on())
      draw();
    if (options->stalled == 0)
      return work();
    for (std::uint64_t i = 0; i < options->stalled; ++i)
      self->request(http, caf::infinite, make(options->url))
          .then(
              [this](response& reply) {
                answered(reply);
                stall(reply.body);
              },
              [this](caf::error& error) { stall_failed(error); });
  }

  void answered(const response& reply) {
    unreachable_in_a_row = 0;
    const auto kind = static_cast<std::size_t>(reply.head.status / 100);
    ++got.statuses[kind < got.statuses.size() ? kind : 0];
  }

  /// Reads one piece and then no more: what is lent stays unsettled.
  void stall(const body_reader& body) {
    self->request(body, caf::infinite, read_atom::value, decoded_bytes{64u << 10})
        .then(
            [this, body](piece& part) {
              ++got.stalled;
              held.push_back(body);
              lent.push_back(std::move(part.data));
              stalled_ready();
            },
            [this](caf::error& error) { stall_failed(error); });
  }
  void stall_failed(const caf::error& error) {
    ++got.stalled_failed;
    note(failure_of(error));
    stalled_ready();
  }
  void stalled_ready() {
    if (++stalled_answered == options->stalled && !over)
      settle(0, 0);
  }
  /// Until the windows are full: what is outstanding no longer grows.
  void settle(std::uint64_t before, int looks) {
    constexpr int most_looks = 50;
    wait(milliseconds{100}, [this, before, looks] {
      self->request(http, caf::infinite, stats_atom::value)
          .then(
              [this, before, looks](client_stats& figures) {
                const auto now = got.held = figures.flow.outstanding.value;
                if ((now > 0 && now == before) || looks == most_looks)
                  work();
                else
                  settle(now, looks + 1);
              },
              [this](caf::error&) { work(); });
    });
  }

  static steady_clock::duration seconds_of(double amount) {
    return duration_cast<steady_clock::duration>(duration<double>(amount));
  }
  template <class F>
  void wait(steady_clock::duration time, F f) {
    timer.expires_after(time);
    timer.async_wait(self->bind([f](const std::error_code& code) {
      if (!code)
        f();
    }));
  }

  void work() {
    if (over)
      return;
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
    if (over)
      return;
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
            [this, from](response& reply) {
              answered(reply);
              for_each(
                  self, std::move(reply.body), [this](const chunk& data) { got.bytes += data.size(); },
                  [this, from](const failure& problem) { ended(from, problem); });
            },
            [this, from](caf::error& error) { ended(from, failure_of(error)); });
  }

  void ended(steady_clock::time_point from, const failure& problem) {
    --under_way;
    ++got.done;
    if (problem) {
      ++got.failed;
      note(problem);
      unreachable_in_a_row = is_unreachable(problem) ? unreachable_in_a_row + 1 : 0;
      constexpr std::uint64_t fewest = 8;
      if (unreachable_in_a_row >= std::max(options->concurrency, fewest) && started < options->requests)
        return end_early({problem.code, problem.by,
                          fmt::format("gave up after {} requests in a row without an answer", unreachable_in_a_row)});
    } else {
      got.latencies.push_back(duration<double>(steady_clock::now() - from).count());
    }
    next();
  }

  void sibling() {
    sibling_done = false;
    const auto from = steady_clock::now();
    auto ended_sibling = [this, from](const failure& problem) {
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
        .then(
            [this, ended_sibling](response& reply) {
              answered(reply);
              for_each(
                  self, std::move(reply.body), [this](const chunk& data) { got.sibling_bytes += data.size(); },
                  ended_sibling);
            },
            [ended_sibling](caf::error& error) { ended_sibling(failure_of(error)); });
  }

  void take_measures() {
    got.seconds = begun ? duration<double>(steady_clock::now() - *begun).count() : 0;
    got.rss = resident_bytes();
  }

  void work_finished() {
    if (std::exchange(work_over, true) || over)
      return;
    take_measures();
    if (options->no_drain || held.empty())
      return finish();
    draining = held.size();
    lent.clear();
    for (auto& body : std::exchange(held, {}))
      for_each(
          self, body, [](const chunk&) {},
          [this](const failure& problem) {
            if (problem) {
              ++got.stalled_failed;
              note(problem);
            }
            if (--draining == 0)
              finish();
          });
  }

  /// What is under way is dropped: it ends with this actor, which asked for it.
  void end_early(failure why) {
    if (over)
      return;
    got.ended_early = std::move(why);
    if (!work_over)
      take_measures();
    finish();
  }

  void finish() {
    if (std::exchange(over, true))
      return;
    for (auto* each : {&timer, &ticker, &deadline})
      each->cancel();
    if (display)
      display->clear();
    held.clear();
    lent.clear();
    self->quit();
  }

  void draw() {
    ticker.expires_after(milliseconds{200});
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code || over)
        return;
      self->request(http, caf::infinite, stats_atom::value)
          .then(
              [this](client_stats& figures) {
                if (!over)
                  display->draw({line(figures)});
              },
              [](caf::error&) {});
      draw();
    }));
  }

  std::string line(const client_stats& figures) {
    const auto held_now =
        fmt::format("{} held for readers", human_bytes(static_cast<double>(figures.flow.outstanding.value)));
    if (!begun)
      return first_that_fits(
          {fmt::format("{} of {} readers stall  {}", got.stalled, options->stalled, held_now), held_now},
          display->columns());
    const auto now = duration<double>(steady_clock::now() - *begun).count();
    request_rate.note(now, got.done);
    byte_rate.note(now, got.bytes + got.sibling_bytes);
    const auto bytes = human_bytes(byte_rate.per_second()) + "/s";
    if (work_over)
      return first_that_fits({fmt::format("{} stalled bodies to be drained  {}", draining, held_now), held_now},
                             display->columns());
    if (options->requests == 0)
      return first_that_fits({fmt::format("{}  {}", bytes, held_now), held_now}, display->columns());
    const auto per_second = request_rate.per_second();
    const auto left =
        human_duration(per_second > 0 ? static_cast<double>(options->requests - got.done) / per_second : -1);
    const auto percent = fmt::format(
        "{:3.0f}%", std::floor(static_cast<double>(got.done) / static_cast<double>(options->requests) * 100));
    const auto plain =
        fmt::format("{}  {} of {}  {:.0f} requests/s  {}  {} left{}", percent, got.done, options->requests, per_second,
                    bytes, left, got.failed > 0 ? fmt::format("  {} failed", got.failed) : "");
    return first_that_fits(
        {plain + "  " + held_now, plain,
         fmt::format("{} {} of {} {:.0f}/s {}", percent, got.done, options->requests, per_second, left),
         fmt::format("{} {:.0f}/s {}", percent, per_second, left), percent},
        display->columns());
  }
};

driver::behavior_type run_driver(driver_state::self_type* self, const load_options* options, const waiting_room* waiter,
                                 screen* display, const client& http, std::promise<load_report>* result) {
  auto& my = state_of(self);
  my.options = options;
  my.waiter = waiter;
  my.display = display;
  my.http = http;
  my.result = result;
  my.start();
  return {[self](cancel_atom) { state_of(self).end_early({errc::cancelled, caused_by::local, "interrupted"}); }};
}

} // namespace

load_report measure(runtime& loops, const client& http, const load_options& options, waiting_room& waiter,
                    screen* display) {
  std::promise<load_report> promise;
  auto future = promise.get_future();
  auto actor = spawn_on(loops.home(), run_driver, &options, &waiter, display, http, &promise);
  return waiter.result_of(std::move(future), [&] { caf::anon_send(actor, cancel_atom::value); });
}

} // namespace sluice::command
