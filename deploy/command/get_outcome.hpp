// How one transfer of `sluice get` ended, in words and in figures.
// Knows no actor.
#pragma once

#include "command.hpp"

namespace sluice::command {

struct outcome {
  failure problem;
  http::response_head head;
  flow_stats stats;
  std::uint64_t written = 0; ///< bytes of the body that the output took
  std::string whereabouts;   ///< of what was written, for people
  bool refused = false;      ///< --fail
  bool complete = false;     ///< the end was reached; head.end_unproven tells what that is worth
};

/// What is said on standard error when it is over. Seconds from the request to the end.
void say_how_it_ended(const get_options& options, const outcome& got, double seconds);
/// As docs/COMMAND.md describes them; `idle`: resident bytes before the request.
nlohmann::json figures_of(const outcome& got, std::uint64_t idle, double seconds);

} // namespace sluice::command
