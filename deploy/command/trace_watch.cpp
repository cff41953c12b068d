#include "trace_watch.hpp"

#include "verbose.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <string_view>
#include <utility>

namespace sluice::command {

namespace {

struct watch_state {
  static inline const char* name = "sluice.watch";
  explicit watch_state(void*) {}
  std::shared_ptr<sink> output;
  std::shared_ptr<trace_times> times;
  watch_words words;
};

trace_watch::behavior_type run_watch(pinned_actor<trace_watch, watch_state>* self, const std::shared_ptr<sink>& output,
                                     const std::shared_ptr<trace_times>& times, const watch_words& words) {
  state_of(self).output = output;
  state_of(self).times = times;
  state_of(self).words = words;
  return {[self](const trace& event) {
            const auto& my = state_of(self);
            my.times->note(event);
            my.words.tell(event, *my.output);
          },
          [self](settle_atom) { self->quit(); }};
}

} // namespace

void watch_words::tell(const trace& event, sink& output) const {
  if (!verbose && (event.kind != trace_kind::retried || retries.empty()))
    return;
  output.end_line();
  if (display)
    display->clear();
  std::cerr << (verbose ? lines_of(event) : line_of_retry(retries, event.detail)) << std::flush;
}

void trace_times::note(const trace& event) {
  const auto now = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  switch (event.kind) {
    case trace_kind::connecting: // the first of the attempts: the others wait for it, not for a name
      if (!std::exchange(connecting_, true))
        name_known = now;
      return;
    case trace_kind::connected:
      connecting_ = false;
      connected = now;
      ++connections;
      break;
    case trace_kind::secured: secured = now; return;
    case trace_kind::request_sent: request_sent = now; return;
    case trace_kind::redirected: redirected = now; return;
    case trace_kind::retried:
      connecting_ = false;
      ++retries;
      return;
    case trace_kind::reused: break;
    default: return;
  }
  // "127.0.0.1:80", "[::1]:443 over QUIC", "connection 1 to 127.0.0.1:80"
  std::string_view text = event.detail;
  if (const auto to = text.rfind(" to "); to != std::string_view::npos)
    text.remove_prefix(to + 4);
  text = text.substr(0, text.find(' '));
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return;
  const auto port = text.substr(colon + 1);
  auto address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[')
    address = address.substr(1, address.size() - 2);
  remote_ip = address;
  (void)std::from_chars(port.data(), port.data() + port.size(), remote_port);
}

trace_watch watch_traces(loop& home, std::shared_ptr<sink> output, std::shared_ptr<trace_times> times,
                         watch_words words) {
  return spawn_on(home, run_watch, std::move(output), std::move(times), std::move(words));
}

} // namespace sluice::command
