// Observes one transfer: writes the lines of -v or those about retries, and notes when what happened and with whom, for
// -w.
// Knows the traces of an exchange; not how they came about.
#pragma once

#include "display.hpp"
#include "sink.hpp"

#include <sluice/messages/interfaces.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::command {

/// Of all exchanges of one transfer; times are those of the last exchange. Used on one event loop.
struct trace_times {
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  /// Seconds since the beginning; 0: it did not happen. name_known: an address was known to connect to. redirected: the
  /// last redirect was followed.
  double name_known = 0, connected = 0, secured = 0, request_sent = 0, redirected = 0;
  std::uint64_t connections = 0; ///< that were opened
  std::uint64_t retries = 0;     ///< times that the request was sent again
  std::string remote_ip;
  std::uint64_t remote_port = 0;

  void note(const trace& event);

private:
  bool connecting_ = false; // an attempt at an address was noted, and no connection since
};

/// What is written on standard error, and where.
struct watch_words {
  bool verbose = false;              ///< the lines of -v
  std::string retries{};             ///< else how a line about a retry begins, such as "sluice: "; empty: there is none
  std::shared_ptr<screen> display{}; ///< what is cleared first; may be null
  void tell(const trace& event, sink& output) const;
};

using trace_watch = observer::extend<rpc<void(settle_atom)>>;

/// It runs on the loop that also writes the body: a head's lines come before the body, and while standard error takes
/// nothing, nothing is read either. `settle` is answered when all traces before it are dealt with, and ends it.
trace_watch watch_traces(loop& home, std::shared_ptr<sink> output, std::shared_ptr<trace_times> times,
                         watch_words words);

} // namespace sluice::command
