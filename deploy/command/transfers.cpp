#include "transfers.hpp"

#include "progress_board.hpp"
#include "sink.hpp"
#include "url_edits.hpp"

#include <sluice/messages/errors.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <map>
#include <utility>

namespace sluice::command {

namespace {

using namespace std::chrono;

using runner = caf::typed_actor<rpc<void(cancel_atom)>>;

/// Transfers whose figures are kept for --stats.
constexpr std::size_t figures_max = 10'000;

/// Transfers that the descriptors of this process are enough for: a file and a connection each, beside its own.
std::size_t transfers_that_fit() {
  constexpr rlim_t of_the_process = 32, each = 2;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return receiving_options::parallel_most;
  return std::max<rlim_t>(limit.rlim_cur > of_the_process ? (limit.rlim_cur - of_the_process) / each : 1, 1);
}

std::string shown_name_of(const transfer_job& job) {
  if (!is_standard_output(job.output))
    return printable(job.output);
  const auto url = without_user_information(job.url);
  return printable(url.substr(0, url.find_first_of("?#")));
}

struct runner_state {
  static inline const char* name = "sluice.transfers";
  using self_type = pinned_actor<runner, runner_state>;
  explicit runner_state(self_type* self_pointer) : self(self_pointer), ticker(self_pointer->home().io()) {}
  ~runner_state() { give_result(); }

  struct under_way {
    transfer actor;
    std::shared_ptr<transfer_progress> progress;
    std::string shown_name;
    recent_rate rate;
    pause_watch pauses;
  };

  self_type* self;
  std::shared_ptr<transfer_context> context;
  const waiting_room* waiter = nullptr;
  std::promise<run_outcome>* result = nullptr;
  std::optional<transfer_plan> plan;
  std::optional<write_out> format;
  std::map<std::uint64_t, under_way> transfers; // by their number
  run_outcome report;
  std::shared_ptr<screen> display; // the transfers clear it too
  recent_rate rate;
  asio::steady_timer ticker;
  steady_clock::time_point begun = steady_clock::now();
  std::size_t most = 1; // at the same time
  bool stopping = false, interrupted_by_user = false;

  const get_options& options() const { return *context->options; }
  bool alone() const { return plan->size() == 1; }
  /// --limit-rate and not a lower --read-rate is what reading waits for.
  bool limit_rate_counts() const { return options().limit_rate > 0 && options().limit_rate == options().read_rate; }
  double elapsed() const { return duration<double>(steady_clock::now() - begun).count(); }

  void start() {
    if (!options().quiet && !options().verbose) {
      context->display = display = std::make_shared<screen>(STDERR_FILENO);
      if (display->on())
        draw();
    }
    if (options().receive.parallel)
      most = std::min(options().receive.parallel_max, transfers_that_fit());
    fill();
  }

  /// Starts transfers while there is room.
  void fill() {
    while (!stopping && transfers.size() < most) {
      auto job = plan->next();
      if (!job)
        break;
      const auto number = job->number;
      under_way entry{{}, std::make_shared<transfer_progress>(), shown_name_of(*job), {}, {}};
      entry.actor = start_transfer(self->home(), context, *std::move(job), entry.progress, on_end(number));
      transfers.emplace(number, std::move(entry));
    }
    if (transfers.empty())
      self->quit();
  }

  std::function<void(outcome)> on_end(std::uint64_t number) {
    auto handler = self->bind([this, number](outcome& got) { ended(number, std::move(got)); });
    return [handler, &io = self->home().io()](outcome got) {
      asio::post(io, [handler, got = std::make_shared<outcome>(std::move(got))]() mutable { handler(*got); });
    };
  }

  void ended(std::uint64_t number, outcome got) {
    transfers.erase(number);
    if (stopping && !interrupted_by_user && got.problem.code == errc::cancelled)
      got.problem.detail = "stopped, because another transfer failed (--fail-early)";
    const int code = exit_code_of(got);
    if (code != success && (!stopping || interrupted_by_user))
      report.code = code;
    ++report.count;
    report.failed += code != success ? 1 : 0;
    report.bytes += got.written;
    report.awaits_input = report.awaits_input || got.awaits_input;
    say(got);
    // Options that cannot be used fail every transfer in the same way.
    if (code != success && (options().receive.fail_early || got.problem.code == errc::invalid_configuration))
      stop();
    if (report.transfers.empty() || (options().stats.destination && report.transfers.size() < figures_max))
      report.transfers.push_back(std::move(got));
    fill();
  }

  void say(const outcome& got) {
    if (display)
      display->clear();
    say_how_it_ended(options(), got, alone());
    if (!format)
      return;
    const auto text = format->of(got.figures);
    std::cout << text.out << std::flush;
    std::cerr << text.errors << std::flush;
    if (!std::cout && report.code == success) {
      report.code = output_failed;
      std::cerr << "sluice: -w: writing to standard output failed\n";
    }
  }

  void stop() {
    if (std::exchange(stopping, true))
      return;
    for (const auto& [number, each] : transfers)
      self->send(each.actor, cancel_atom::value);
  }

  void interrupt() {
    interrupted_by_user = true;
    if (!plan->is_over())
      report.code = interrupted;
    stop();
  }

  void draw() {
    ticker.expires_after(milliseconds{200});
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code)
        return;
      show();
      draw();
    }));
  }

  void show() {
    std::vector<named_progress> lines;
    run_totals totals{plan->size(), report.count, report.failed, report.bytes, 0, {}};
    auto expected = plan->is_over() ? std::optional{report.bytes} : std::nullopt; // of all, if all are known
    const auto rows = display->rows();
    for (auto& [number, each] : transfers) {
      const auto& progress = *each.progress;
      totals.bytes += progress.done;
      expected = expected && progress.total ? std::optional{*expected + *progress.total} : std::nullopt;
      const bool sending = !progress.receiving && progress.sent && *progress.sent > 0;
      if (!sending && (!progress.receiving || !progress.to_file))
        continue;
      const auto done = sending ? *progress.sent : progress.done;
      each.rate.note(elapsed(), done);
      each.pauses.note(progress.paused && !sending);
      if (lines.size() < rows)
        self->send(each.actor, stats_atom::value);
      lines.push_back({each.shown_name,
                       {done, sending ? progress.total_to_send : progress.total, each.rate.per_second(), progress.held,
                        each.pauses.reader_limits(), progress.rate_waits && limit_rate_counts()},
                       sending});
    }
    totals.expected = expected;
    rate.note(elapsed(), totals.bytes);
    totals.per_second = rate.per_second();
    if (!lines.empty())
      display->draw(progress_board(lines, totals, display->columns(), rows));
  }

  void give_result() {
    if (!result)
      return;
    if (display)
      display->clear();
    if (!transfers.empty())
      report.code = bad_response; // this actor failed
    report.seconds = report.count == 1 && !report.transfers.empty() ? report.transfers.front().seconds : elapsed();
    std::exchange(result, nullptr)->set_value(std::move(report));
    waiter->wake();
  }
};

runner::behavior_type run_runner(runner_state::self_type* self, const std::shared_ptr<transfer_context>& context,
                                 const transfer_plan& plan, const std::optional<write_out>& format,
                                 const waiting_room* waiter, std::promise<run_outcome>* result) {
  auto& my = state_of(self);
  my.context = context;
  my.plan = plan;
  my.format = format;
  my.waiter = waiter;
  my.result = result;
  asio::post(self->home().io(), self->bind([&my] { my.start(); }));
  return {[self](cancel_atom) { state_of(self).interrupt(); }};
}

} // namespace

run_outcome run_transfers(loop& home, std::shared_ptr<transfer_context> context, const transfer_plan& plan,
                          const std::optional<write_out>& format, waiting_room& waiter) {
  std::promise<run_outcome> promise;
  auto future = promise.get_future();
  auto actor = spawn_on(home, run_runner, std::move(context), plan, format, &waiter, &promise);
  return waiter.result_of(std::move(future), [&] { caf::anon_send(actor, cancel_atom::value); });
}

} // namespace sluice::command
