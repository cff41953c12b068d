// `sluice get`: one exchange whose body goes to a file or a pipe. The reader runs on the event loop itself, so that
// a byte crosses no thread on its way; what the output takes is what has been consumed.
#include "command.hpp"
#include "display.hpp"
#include "get_outcome.hpp"
#include "process.hpp"
#include "request.hpp"
#include "sink.hpp"
#include "verbose.hpp"

#include <sluice/actors/io/loop.hpp>
#include <sluice/messages/errors.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <iostream>

namespace sluice::command {

namespace {

using namespace std::chrono;

using teller = observer::extend<rpc<void(settle_atom)>>;

struct teller_state {
  static inline const char* name = "sluice.teller";
  explicit teller_state(void*) {}
  std::shared_ptr<sink> output;
};

/// Writes the lines of -v. It runs on the loop that also writes the body: a head's lines come before the body, and
/// while standard error takes nothing, nothing is read either.
teller::behavior_type run_teller(pinned_actor<teller, teller_state>* self, const std::shared_ptr<sink>& output) {
  state_of(self).output = output;
  return {[self](const trace& event) {
            state_of(self).output->end_line();
            std::cerr << lines_of(event) << std::flush;
          },
          [self](settle_atom) { self->quit(); }};
}

using getter = caf::typed_actor<rpc<void(cancel_atom)>>;

struct getter_state {
  static inline const char* name = "sluice.get";
  using self_type = pinned_actor<getter, getter_state>;
  explicit getter_state(self_type* actor) : self(actor), timer(actor->home().io()), ticker(actor->home().io()) {}
  ~getter_state() { give_result(); } // however this actor ended: somebody waits for it

  self_type* self;
  const get_options* options = nullptr;
  const waiting_room* waiter = nullptr;
  client http;
  std::promise<outcome>* result = nullptr;
  outcome got;
  std::shared_ptr<sink> output = std::make_shared<sink>();
  teller lines;                 // of -v
  std::uint64_t head_bytes = 0; // that went to the output before the body (-i)
  body_reader body;
  asio::steady_timer timer, ticker;
  std::optional<screen> display;
  recent_rate rate;
  steady_clock::time_point begun = steady_clock::now();
  std::optional<std::uint64_t> expected;
  bool stalled_once = false, finished = false;

  auto binder() {
    return [this](auto f) { return self->bind(std::move(f)); };
  }
  double elapsed() const { return duration<double>(steady_clock::now() - begun).count(); }

  void start(const request& outgoing) {
    self->request(http, caf::infinite, outgoing)
        .then([this](response& reply) { answered(reply); }, [this](caf::error& error) { finish(failure_of(error)); });
  }

  void answered(response& reply) {
    got.head = std::move(reply.head);
    body = std::move(reply.body);
    if (options->fail && got.head.status >= 400) {
      got.refused = true;
      return finish({});
    }
    if (auto length = got.head.fields.get("content-length");
        length && !(options->compressed && got.head.fields.contains("content-encoding")))
      if (std::uint64_t n = 0; std::from_chars(length->data(), length->data() + length->size(), n).ec == std::errc{})
        expected = n;
    if (auto problem = output->open(options->output, self->home().io()))
      return finish(std::move(problem));
    if (!options->quiet && !options->verbose && !options->output.empty() && options->output != "-") {
      display.emplace(STDERR_FILENO);
      rate.note(elapsed(), 0);
      if (display->on())
        draw();
    }
    if (!options->include_head)
      return read();
    auto text = fmt::format("{} {} {}\r\n", http::to_string(got.head.version), got.head.status, got.head.reason);
    for (const auto& line : got.head.fields)
      text += line.name + ": " + line.value + "\r\n";
    head_bytes = text.size() + 2;
    output->write(chunk::copy_of(text + "\r\n"), binder(),
                  [this](failure problem) { problem ? finish(std::move(problem)) : read(); });
  }

  void read() {
    if (finished)
      return;
    const auto most = options->read_rate > 0
                          ? std::clamp<std::uint64_t>(options->read_rate / 10, 1,
                                                      std::min<std::uint64_t>(64u << 10, options->read_size))
                          : options->read_size;
    self->request(body, caf::infinite, read_atom::value, decoded_bytes{most})
        .then([this](piece& part) { take(part); }, [this](caf::error& error) { finish(failure_of(error)); });
  }

  void take(piece& part) {
    if (finished)
      return;
    if (part.end) {
      auto problem = output->close();
      got.complete = !problem;
      return finish(std::move(problem));
    }
    if (spoils_terminal(part.data))
      return finish({errc::consumer_failed, caused_by::local,
                     "the body is binary and would spoil the terminal: write it to a file (-o FILE), or to the "
                     "terminal all the same (-o -)"});
    output->write(std::move(part.data), binder(),
                  [this](failure problem) { problem ? finish(std::move(problem)) : written(); });
  }

  /// As curl sees it: a NUL within what the first 2,000 bytes came with.
  bool spoils_terminal(const chunk& data) const {
    constexpr std::uint64_t looked_at = 2000;
    return output->is_terminal() && options->output.empty() && body_taken() < looked_at
           && std::find(data.data(), data.data() + data.size(), std::byte{0}) != data.data() + data.size();
  }

  /// Bytes of the body that the output has taken, those of a write that failed or is still under way included.
  std::uint64_t body_taken() const { return output->taken() - std::min(output->taken(), head_bytes); }

  void written() {
    const auto taken = body_taken();
    auto wait = steady_clock::duration{0};
    if (options->read_rate > 0)
      wait = duration_cast<steady_clock::duration>(
                 duration<double>(static_cast<double>(taken) / static_cast<double>(options->read_rate)))
             - (steady_clock::now() - begun);
    if (options->stall_for_s > 0 && !stalled_once && taken >= options->stall_after) {
      stalled_once = true;
      wait = duration_cast<steady_clock::duration>(duration<double>(options->stall_for_s));
    }
    if (wait.count() <= 0)
      return read();
    timer.expires_after(wait);
    timer.async_wait(self->bind([this](const std::error_code& code) {
      if (!code)
        read();
    }));
  }

  void draw() {
    ticker.expires_after(milliseconds{200});
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code || finished)
        return;
      self->request(body, caf::infinite, stats_atom::value)
          .then(
              [this](flow_stats& figures) {
                if (finished)
                  return;
                rate.note(elapsed(), body_taken());
                display->draw({progress_line({body_taken(), expected, rate.per_second(), figures.outstanding.value},
                                             display->columns())});
              },
              [](caf::error&) {});
      draw();
    }));
  }

  void finish(failure problem) {
    if (std::exchange(finished, true))
      return;
    got.problem = std::move(problem);
    ticker.cancel();
    if (display)
      display->clear();
    output->end_line();
    got.whereabouts = output->whereabouts();
    got.written = body_taken();
    if (!body)
      return leave();
    // The last piece was consumed when it was written; then the exchange's own figures are complete.
    if (got.complete)
      self->send(body, settle_atom::value);
    else
      self->send(body, cancel_atom::value);
    self->request(body, caf::infinite, stats_atom::value)
        .then(
            [this](flow_stats& figures) {
              got.stats = figures;
              leave();
            },
            [this](caf::error&) { leave(); });
  }

  /// The lines of -v that are on their way come before what is said at the end.
  void leave() {
    if (!lines)
      return self->quit();
    self->request(lines, caf::infinite, settle_atom::value)
        .then([this] { self->quit(); }, [this](caf::error&) { self->quit(); });
  }

  void give_result() {
    if (!result)
      return;
    if (!finished)
      got.problem = {errc::internal, caused_by::local, "the transfer ended without saying why"};
    std::exchange(result, nullptr)->set_value(std::move(got));
    waiter->wake();
  }
};

getter::behavior_type run_getter(getter_state::self_type* self, const get_options* options, const waiting_room* waiter,
                                 const client& http, const request& outgoing, std::promise<outcome>* result) {
  auto& my = state_of(self);
  my.options = options;
  my.waiter = waiter;
  my.http = http;
  my.result = result;
  if (!options->verbose) {
    my.start(outgoing);
  } else {
    auto observed = outgoing;
    observed.observer = my.lines = spawn_on(self->home(), run_teller, my.output);
    my.start(observed);
  }
  return {[self](cancel_atom) { state_of(self).finish({errc::cancelled, caused_by::local, "interrupted"}); }};
}

} // namespace

int get(const get_options& options) {
  for (const auto& problem : {check_files(options.client), check(options.stats), check_output(options.output)})
    if (problem)
      return complain(problem);
  waiting_room waiter;
  system_configuration settings;
  caf::actor_system system{settings};
  runtime loops{system};
  auto http = loops.spawn_client(configuration(options.client));
  if (!http)
    return complain(http.error());
  auto what = make_request(options, system);
  if (!what)
    return complain(what.error());
  const auto idle = resident_bytes();
  const auto begun = steady_clock::now();
  std::promise<outcome> promise;
  auto future = promise.get_future();
  auto actor = spawn_on(loops.home(), run_getter, &options, &waiter, *http, what->what, &promise);
  const auto got = waiter.result_of(std::move(future), [&] { caf::anon_send(actor, cancel_atom::value); });
  const auto seconds = duration<double>(steady_clock::now() - begun).count();
  say_how_it_ended(options, got, seconds);
  int code = got.refused ? static_cast<int>(http_error) : static_cast<int>(exit_code_of(got.problem));
  if (auto problem = write_stats(options.stats, figures_of(got, idle, seconds)))
    code = complain(problem);
  if (what->may_wait_for_input) { // else the end of the actor system would wait for input that nobody needs any more
    std::cout.flush();
    std::cerr.flush();
    _exit(code);
  }
  return code;
}

} // namespace sluice::command
