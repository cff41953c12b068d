// The state of one transfer's actor, between the files that implement it: transfer.cpp (from the request to the head,
// and the end) and transfer_body.cpp (the body).
// Knows nothing of other transfers; not for anybody else.
#pragma once

#include "ranges.hpp"
#include "sink.hpp"
#include "trace_watch.hpp"
#include "transfer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::command {

struct transfer_state {
  static inline const char* name = "sluice.get";
  using self_type = pinned_actor<transfer, transfer_state>;
  using clock = std::chrono::steady_clock;
  /// How long a pipe is waited for that nobody reads yet, and between two looks at it.
  static constexpr std::chrono::milliseconds pipe_patience{60'000}, pipe_look{20};

  explicit transfer_state(self_type* self_pointer)
    : self(self_pointer), timer(self_pointer->home().io()), time_limit(self_pointer->home().io()) {}
  ~transfer_state() { give_result(); } // however this actor ended: somebody waits for it

  self_type* self;
  std::shared_ptr<transfer_context> context;
  transfer_job job;
  std::shared_ptr<transfer_progress> progress;
  std::function<void(outcome)> done;
  outcome got;
  std::shared_ptr<sink> output = std::make_shared<sink>();
  std::shared_ptr<trace_times> times = std::make_shared<trace_times>();
  trace_watch traces;   // of -v and -w
  retry_policy retries; // as the options say, for the whole transfer
  range_request range;
  std::uint64_t taken_before = 0;   // by the output, when the request was made
  std::optional<std::uint64_t> end; // of the whole body: where what is written must end, if that is known
  std::string method, etag;         // etag: strong, of the body that is being written
  std::string heads;                // of the redirects that were followed, and of the response: as text
  std::uint64_t head_bytes = 0;     // that went to the output before the body (-i)
  std::uint64_t resumed = 0;        // times that the rest was asked for after a lost connection (-C)
  body_reader body;
  asio::steady_timer timer, time_limit;
  clock::time_point begun = clock::now(), opening_until = begun + pipe_patience;
  bool stalled_once = false, body_ended = false, committing = false, finished = false;

  const get_options& options() const { return *context->options; }
  const receiving_options& receive() const { return options().receive; }
  bool to_file() const { return !is_standard_output(job.output); }
  /// Times that something was asked for again: by the client, which traces tell, and here.
  std::uint64_t tries() const { return times->retries + resumed; }
  double elapsed() const { return std::chrono::duration<double>(clock::now() - begun).count(); }
  /// Bytes of the body that the output has taken, those of a write that failed or is still under way included.
  std::uint64_t body_taken() const { return output->taken() - std::min(output->taken(), head_bytes); }

  template <class Then>
  void after(clock::duration wait, Then then) {
    timer.expires_after(wait);
    timer.async_wait(self->bind([this, then](const std::error_code& code) mutable {
      if (!code && !finished)
        then();
    }));
  }

  // transfer.cpp
  void start();
  watch_words words() const;
  void ask();
  void take_off_what_was_used(retry_policy& to) const;
  void set_range();
  void watch_time();
  void answered(response& received);
  bool is_range_good();
  void measure();
  bool is_too_large(std::uint64_t bytes);
  void cancel();
  void finish(failure problem);
  void leave();
  void fill_figures();
  void give_result();

  // transfer_body.cpp
  /// Then calls `next`, perhaps later: a pipe is waited for until somebody reads it.
  void open_output(std::function<void()> next);
  existing_file existing() const;
  void receive_body();
  void remember_version();
  void read();
  void take(piece& next);
  /// In the whole body, of which a request with -C brings the rest.
  std::uint64_t position() const { return range.from + body_taken() - taken_before; }
  bool spoils_terminal(const chunk& data) const;
  void written();
  void lost(failure why);
  void commit();
  void committed(failure problem);
  void look();
};

} // namespace sluice::command
