#include <sluice/actors/client/trace_feed.hpp>

#include <sluice/protocols/flow/fifo.hpp>

namespace sluice {

namespace {

struct trace_feed_state {
  static inline const char* name = "sluice.trace_feed";
  using self_type = pinned_actor<observer, trace_feed_state>;
  static constexpr std::size_t under_way_max = 64, waiting_max = 1000;

  explicit trace_feed_state(self_type* self_pointer) : self(self_pointer) {}

  self_type* self;
  observer to;
  flow::fifo<trace> waiting;
  std::size_t under_way = 0; // passed on and not handled yet
  std::uint64_t dropped = 0;

  void take(trace&& event) {
    if (waiting.size() >= waiting_max) {
      ++dropped;
      return;
    }
    waiting.push(std::move(event));
    pass_on();
  }

  void pass_on() {
    while (under_way < under_way_max && !waiting.empty())
      send(waiting.pop());
    if (dropped > 0 && under_way < under_way_max)
      send({trace_kind::dropped,
            std::to_string(std::exchange(dropped, 0u)) + " events were dropped: the observer did not keep up",
            0,
            {}});
  }

  /// The answer to the request tells that the observer has handled the event. One that has ended answers with an error.
  void send(trace event) {
    ++under_way;
    self->request(to, caf::infinite, std::move(event)).then([this] { handled(); }, [this](caf::error&) { handled(); });
  }
  void handled() {
    --under_way;
    pass_on();
  }
};

observer::behavior_type run_trace_feed(trace_feed_state::self_type* self, const observer& to) {
  state_of(self).to = to;
  quiet(self);
  return {[self](trace& event) { state_of(self).take(std::move(event)); }};
}

} // namespace

observer spawn_trace_feed(loop& home, observer to) { return spawn_on(home, run_trace_feed, std::move(to)); }

} // namespace sluice
