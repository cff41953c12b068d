#include "metered_source.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

namespace sluice::command {

namespace {

using namespace std::chrono;

/// Asked of the source at once. It lives on another thread, mostly: each crossing costs more than reading 64 KiB does.
constexpr decoded_bytes read_at_once{256u << 10};
constexpr std::size_t pieces_ahead = 64; // a small one, of a pipe, holds more memory than its bytes

struct meter_state {
  static inline const char* name = "sluice.meter";
  using self_type = pinned_actor<body_source, meter_state>;
  explicit meter_state(self_type* self_pointer) : self(self_pointer), timer(self_pointer->home().io()) {}

  self_type* self;
  body_source inner;       // unset: `ready` began as all of the body
  std::deque<chunk> ready; // what comes next, none of them empty
  std::size_t ready_bytes = 0;
  bool asked = false;
  caf::error why;            // `inner` failed: told when what came before is given
  std::optional<piece> last; // ends the body
  struct asking {
    decoded_bytes most;
    caf::typed_response_promise<piece> answer;
  };
  std::optional<asking> waiting; // who asks here; one at a time
  std::shared_ptr<std::uint64_t> given;
  std::uint64_t per_second = 0;
  loop_timer timer;
  loop_clock::time_point begun = loop_clock::now();

  /// A tenth of a second at once, so that the rate is even.
  std::size_t at_once(decoded_bytes most) const {
    const auto wanted = std::max<std::uint64_t>(most.value, 1);
    return static_cast<std::size_t>(per_second == 0 ? wanted : std::clamp<std::uint64_t>(per_second / 10, 1, wanted));
  }

  caf::result<piece> read(decoded_bytes most) {
    waiting = asking{most, self->make_response_promise<piece>()};
    const auto promise = waiting->answer;
    go_on();
    return promise;
  }

  /// Answers with what is there, and reads ahead.
  void go_on() {
    if (waiting && (!ready.empty() || last || why))
      answer();
    if (!asked && !last && !why && ready_bytes < read_at_once.value && ready.size() < pieces_ahead)
      ask();
  }

  void answer() {
    auto [most, promise] = std::move(*std::exchange(waiting, std::nullopt));
    if (!ready.empty())
      deliver(std::move(promise), {take(at_once(most)), false});
    else if (why)
      promise.deliver(why);
    else
      deliver(std::move(promise), *last);
  }

  void ask() {
    asked = true;
    self->request(inner, caf::infinite, read_atom::value, read_at_once)
        .then(
            [this](piece& received) {
              add(received.data);
              if (received.end)
                last = piece{{}, true, std::move(received.trailers)};
              asked = false;
              go_on();
            },
            [this](caf::error& error) {
              why = std::move(error);
              asked = false;
              go_on();
            });
  }

  void add(chunk bytes) {
    ready_bytes += bytes.size();
    if (!bytes.empty())
      ready.push_back(std::move(bytes));
  }

  chunk take(std::size_t most) {
    auto& next = ready.front();
    const auto n = std::min(most, next.size());
    auto result = next.part(0, n);
    next = next.part(n, next.size() - n);
    if (next.empty())
      ready.pop_front();
    ready_bytes -= n;
    return result;
  }

  void deliver(caf::typed_response_promise<piece> promise, piece next) {
    *given += next.data.size();
    const auto due = begun
                     + duration_cast<loop_clock::duration>(duration<double>(
                         per_second == 0 ? 0 : static_cast<double>(*given) / static_cast<double>(per_second)));
    if (next.end || due <= loop_clock::now()) {
      promise.deliver(std::move(next));
      return;
    }
    timer.expires_at(due);
    timer.async_wait(self->bind(
        [promise, next = std::move(next)](const std::error_code&) mutable { promise.deliver(std::move(next)); }));
  }
};

body_source::behavior_type run_meter(meter_state::self_type* self, const body_source& inner, const chunk& bytes,
                                     const std::shared_ptr<std::uint64_t>& given, std::uint64_t bytes_per_second) {
  auto& my = state_of(self);
  my.inner = inner;
  my.given = given;
  my.per_second = bytes_per_second;
  quiet(self);
  if (inner) {
    watch(self, inner);
    on_down(self, [self](const caf::actor_addr&, const caf::error& reason) { self->quit(reason); });
  } else {
    my.add(bytes);
    my.last = piece{{}, true, {}};
  }
  return {[self](read_atom, decoded_bytes most) { return state_of(self).read(most); }};
}

struct maker_state {
  static inline const char* name = "sluice.meter_maker";
};
using metered_maker = pinned_actor<body_maker, maker_state>;

/// `inner` unset: `bytes` are the body.
body_maker::behavior_type run_maker(metered_maker* self, const body_maker& inner, const chunk& bytes,
                                    const std::shared_ptr<std::uint64_t>& given, std::uint64_t bytes_per_second) {
  return {[=](begin_atom) -> caf::result<body_source> {
    *given = 0;
    if (!inner)
      return meter(self->home(), bytes, given, bytes_per_second);
    auto promise = self->make_response_promise<body_source>();
    self->request(inner, caf::infinite, begin_atom::value)
        .then([=](body_source& made) mutable { promise.deliver(meter(self->home(), made, given, bytes_per_second)); },
              [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
    return promise;
  }};
}

} // namespace

void meter(loop& home, request_body& body, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second) {
  const bool in_memory = !body.source;
  if (in_memory || body.again)
    body.again = spawn_on(home, run_maker, body.again, body.bytes, given, bytes_per_second);
  if (in_memory) {
    body.length = std::uint64_t{body.bytes.size()};
    body.source = meter(home, body.bytes, std::move(given), bytes_per_second);
  } else {
    body.source = meter(home, body.source, std::move(given), bytes_per_second);
  }
}

body_source meter(loop& home, body_source inner, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second) {
  return spawn_on(home, run_meter, std::move(inner), chunk{}, std::move(given), bytes_per_second);
}

body_source meter(loop& home, chunk bytes, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second) {
  return spawn_on(home, run_meter, body_source{}, std::move(bytes), std::move(given), bytes_per_second);
}

} // namespace sluice::command
