// How one transfer of `sluice get` ended, in words and in figures, and all of them together.
// Knows no actor.
#pragma once

#include "command.hpp"
#include "write_out.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

struct outcome {
  failure problem;
  std::optional<exit_code> special; ///< instead of that of `problem`
  http::response_head head;
  std::vector<redirect_hop> hops; ///< redirects that were followed before
  flow_stats stats;
  std::uint64_t written = 0; ///< bytes of the body that the output took
  std::string output;        ///< the file; empty: standard output
  std::string whereabouts;   ///< of what was written, for people
  std::string url;           ///< for people: without credentials and query
  double seconds = 0;        ///< from the request to the end
  bool refused = false;      ///< --fail, --fail-with-body
  bool complete = false;     ///< the end was reached; head.end_unproven tells what that is worth
  bool unmodified = false;   ///< 304, or -z
  bool nothing_left = false; ///< -C: it was complete before
  bool awaits_input = false; ///< the request's body comes from a pipe or terminal, which may be waited for without end
  write_out_figures figures;
};
exit_code exit_code_of(const outcome& got);

/// All transfers of one command.
struct run_outcome {
  std::vector<outcome> transfers; ///< the first of them; as many as figures are wanted of
  std::uint64_t count = 0, failed = 0, bytes = 0;
  double seconds = 0;
  int code = success; ///< of the last that failed
  bool awaits_input = false;
};

/// What is said on standard error when a transfer is over; `alone`: there is no other.
void say_how_it_ended(const get_options& options, const outcome& got, bool alone);
/// At the end of several.
void say_how_all_ended(const get_options& options, const run_outcome& got);

/// As docs/COMMAND.md describes them; `idle`: resident bytes before the requests.
nlohmann::json figures_of(const run_outcome& got, std::uint64_t idle);

} // namespace sluice::command
