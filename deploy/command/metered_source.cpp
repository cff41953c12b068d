#include "metered_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::command {

namespace {

using namespace std::chrono;

struct meter_state {
  static inline const char* name = "sluice.meter";
  using self_type = pinned_actor<body_source, meter_state>;
  explicit meter_state(self_type* self_pointer) : self(self_pointer), timer(self_pointer->home().io()) {}

  self_type* self;
  body_source inner; // unset: `bytes` are the body
  chunk bytes;
  std::shared_ptr<std::uint64_t> given;
  std::uint64_t per_second = 0;
  asio::steady_timer timer;
  steady_clock::time_point begun = steady_clock::now();

  /// A tenth of a second at once, so that the rate is even.
  decoded_bytes at_once(decoded_bytes most) const {
    return per_second == 0
               ? most
               : decoded_bytes{std::clamp<std::uint64_t>(per_second / 10, 1, std::max<std::uint64_t>(most.value, 1))};
  }

  caf::result<piece> read(decoded_bytes most) {
    auto promise = self->make_response_promise<piece>();
    if (!inner) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(at_once(most).value, bytes.size()));
      piece next{bytes.part(0, n), n == 0};
      bytes = bytes.part(n, bytes.size() - n);
      deliver(promise, std::move(next));
      return promise;
    }
    self->request(inner, caf::infinite, read_atom::value, at_once(most))
        .then([this, promise](piece& received) { deliver(promise, std::move(received)); },
              [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
    return promise;
  }

  void deliver(caf::typed_response_promise<piece> promise, piece next) {
    *given += next.data.size();
    const auto due = begun
                     + duration_cast<steady_clock::duration>(duration<double>(
                         per_second == 0 ? 0 : static_cast<double>(*given) / static_cast<double>(per_second)));
    if (next.end || due <= steady_clock::now()) {
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
  my.bytes = bytes;
  my.given = given;
  my.per_second = bytes_per_second;
  quiet(self);
  if (inner) {
    watch(self, inner);
    on_down(self, [self](const caf::actor_addr&, const caf::error& reason) { self->quit(reason); });
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
