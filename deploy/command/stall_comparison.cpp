#include "stall_comparison.hpp"

#include <sluice/deploy/origin/content.hpp>

#include <sluice/actors/io/loop.hpp>
#include <sluice/messages/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <future>

namespace sluice::command {

namespace {

using namespace std::chrono;

constexpr decoded_bytes read_size{64u << 10};
constexpr double stall_s = 2;
constexpr milliseconds sample_interval{40};
constexpr int samples_per_draw = 5;
constexpr milliseconds silence_limit{30'000}; // an origin that is silent for so long ends the demonstration

using comparer = caf::typed_actor<rpc<void(cancel_atom)>>;

/// A reader of either kind. `queue` has pieces that were read and are not consumed.
struct stalling_reader {
  const stalled_body* from = nullptr;
  body_course* course = nullptr;
  const char* label = "";
  bool buffers_without_bound = false;

  body_reader body;
  std::deque<chunk> queue;
  origin::checker content{1};
  std::uint64_t consumed_bytes = 0;
  bool stalls = false, has_stalled = false, advance_posted = false, body_ended = false, is_over = false;

  std::uint64_t held_bytes() const {
    const auto sent = from->sent_bytes();
    return sent > consumed_bytes ? sent - consumed_bytes : 0;
  }
  void note_held() { course->held_peak_bytes = std::max(course->held_peak_bytes, held_bytes()); }

  void consume_front() {
    content.update(queue.front().bytes());
    consumed_bytes += queue.front().size();
    queue.pop_front();
  }
  bool is_verified() const { return content.good() && consumed_bytes == from->bytes; }
  const char* doing() const { return is_over ? "ended" : stalls ? "stalls" : "reads"; }
};

struct comparer_state {
  static inline const char* name = "sluice.demo";
  using self_type = pinned_actor<comparer, comparer_state>;
  explicit comparer_state(self_type* actor) : self(actor), ticker(actor->home().io()) {}
  ~comparer_state() { // however this actor ended: somebody waits for the report
    if (!result)
      return;
    if (!finished)
      report.problems.push_back("the demonstration ended without saying why");
    result->set_value(std::move(report));
    waiter->wake();
  }

  self_type* self;
  const waiting_room* waiter = nullptr;
  screen* display = nullptr;
  std::promise<stall_report>* result = nullptr;
  stall_report report;
  std::array<stalling_reader, 2> readers;
  asio::steady_timer ticker;
  steady_clock::time_point begun = steady_clock::now();
  int ticks = 0;
  bool finished = false;

  double now() const { return duration<double>(steady_clock::now() - begun).count(); }

  void start() {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      request outgoing;
      outgoing.url = readers[i].from->url;
      outgoing.deadlines.peer_silence = silence_limit;
      self->request(readers[i].from->http, caf::infinite, outgoing)
          .then(
              [this, i](response& reply) {
                readers[i].body = reply.body;
                read(i);
              },
              [this, i](caf::error& error) { end(i, failure_of(error).detail); });
    }
    tick();
  }

  /// Settles the piece before, which lets the origin send more.
  void read(std::size_t i) {
    self->request(readers[i].body, caf::infinite, read_atom::value, read_size)
        .then([this, i](piece& part) { arrived(i, part); },
              [this, i](caf::error& error) { end(i, failure_of(error).detail); });
  }

  /// Here the two kinds differ: without bound, the next piece is asked for before this one is consumed. It is copied,
  /// as an application does that buffers, because what is lent ends with the next read.
  void arrived(std::size_t i, piece& part) {
    auto& reader = readers[i];
    reader.note_held();
    reader.body_ended = part.end;
    if (!part.end && reader.buffers_without_bound) {
      reader.queue.push_back(chunk::copy_of(part.data.bytes()));
      read(i);
    } else if (!part.end) {
      reader.queue.push_back(std::move(part.data));
    }
    if (!reader.stalls && !reader.advance_posted)
      advance(i);
  }

  /// Consumes one piece; then the next in the queue, in another turn of the loop, or reads on.
  void advance(std::size_t i) {
    auto& reader = readers[i];
    reader.advance_posted = false;
    if (reader.is_over)
      return;
    if (!reader.queue.empty())
      reader.consume_front();
    if (!reader.has_stalled && reader.consumed_bytes >= reader.from->bytes / 3)
      return begin_stall(reader);
    if (!reader.queue.empty()) {
      reader.advance_posted = true;
      asio::post(self->home().io(), self->bind([this, i] { advance(i); }));
    } else if (reader.body_ended) {
      end(i, reader.is_verified() ? "" : "the content is wrong");
    } else if (!reader.buffers_without_bound) {
      read(i);
    }
  }

  void begin_stall(stalling_reader& reader) {
    reader.stalls = reader.has_stalled = true;
    reader.course->stalled_from = reader.course->stalled_until = now();
  }

  void end_stalls() {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      auto& reader = readers[i];
      if (!reader.stalls)
        continue;
      reader.course->stalled_until = now();
      if (reader.course->stalled_until < reader.course->stalled_from + stall_s)
        continue;
      reader.stalls = false;
      advance(i);
    }
  }

  void end(std::size_t i, const std::string& problem) {
    sample(readers[i]);
    readers[i].is_over = true;
    if (!problem.empty())
      report.problems.push_back(fmt::format("{}, {}: {}", report.comparison.protocol, readers[i].label, problem));
  }

  void sample(stalling_reader& reader) {
    reader.note_held();
    reader.course->samples.push_back({now(), reader.consumed_bytes + reader.held_bytes(), reader.consumed_bytes});
  }

  void tick() {
    ticker.expires_after(sample_interval);
    ticker.async_wait(self->bind([this](const std::error_code& code) {
      if (code || finished)
        return;
      for (auto& reader : readers)
        if (!reader.is_over)
          sample(reader);
      end_stalls();
      if (++ticks % samples_per_draw == 0)
        draw();
      if (std::all_of(readers.begin(), readers.end(), [](const stalling_reader& reader) { return reader.is_over; }))
        return finish();
      tick();
    }));
  }

  void finish() {
    finished = true;
    ticker.cancel();
    display->clear();
    self->quit();
  }

  /// Both readers in the same way: the richest in which each line fits.
  void draw() {
    std::vector<std::vector<std::string>> ways(4);
    for (const auto& reader : readers) {
      const auto part = static_cast<double>(reader.consumed_bytes) / static_cast<double>(reader.from->bytes);
      const auto held = static_cast<double>(reader.held_bytes());
      const auto sent = human_bytes(static_cast<double>(reader.consumed_bytes) + held);
      const auto label =
          fmt::format("{} {:<13} {:3.0f}%", report.comparison.protocol, reader.label, std::floor(part * 100));
      const auto figures = fmt::format("{:>10} sent {:>10} held  {}", sent, human_bytes(held), reader.doing());
      ways[0].push_back(fmt::format("{} {} {}", label, bar(part, 12), figures));
      ways[1].push_back(fmt::format("{} {}", label, figures));
      ways[2].push_back(fmt::format("{} {:>10} held", label, human_bytes(held)));
      ways[3].push_back(label);
    }
    std::size_t way = 0;
    const auto too_wide = [width = display->columns()](const std::string& line) { return columns_of(line) > width; };
    while (way + 1 < ways.size() && std::any_of(ways[way].begin(), ways[way].end(), too_wide))
      ++way;
    display->draw(ways[way]);
  }
};

comparer::behavior_type run_comparison(comparer_state::self_type* self, const std::string& protocol,
                                       const std::array<stalled_body, 2>* bodies, const waiting_room* waiter,
                                       screen* display, std::promise<stall_report>* result) {
  auto& my = state_of(self);
  my.waiter = waiter;
  my.display = display;
  my.result = result;
  my.report.comparison.protocol = protocol;
  body_course* const courses[] = {&my.report.comparison.sluice, &my.report.comparison.unbounded};
  const char* const labels[] = {"sluice", "without bound"};
  for (std::size_t i = 0; i < my.readers.size(); ++i) {
    my.readers[i].from = &(*bodies)[i];
    my.readers[i].course = courses[i];
    my.readers[i].label = labels[i];
    my.readers[i].buffers_without_bound = i == 1;
  }
  my.start();
  return {[self](cancel_atom) {
    state_of(self).report.interrupted = true;
    state_of(self).finish();
  }};
}

} // namespace

stall_report compare_stalls(runtime& loops, const std::string& protocol, const std::array<stalled_body, 2>& bodies,
                            waiting_room& waiter, screen& display) {
  std::promise<stall_report> promise;
  auto future = promise.get_future();
  auto actor = spawn_on(loops.home(), run_comparison, protocol, &bodies, &waiter, &display, &promise);
  return waiter.result_of(std::move(future), [&] { caf::anon_send(actor, cancel_atom::value); });
}

} // namespace sluice::command
