// From the options of `sluice get` to its request: method, fields, body, deadlines.
// Knows the options and the library's request; opens no connection.
#pragma once

#include "command.hpp"

namespace sluice::command {

struct prepared {
  request what;
  /// Its body comes from a pipe or terminal: the thread that reads it may wait there for ever, and cannot be told not
  /// to.
  bool may_wait_for_input = false;
};
/// errc::invalid_configuration names the option at fault. A body that comes from files is read by an actor of `system`
/// as it is sent.
result_or_failure<prepared> make_request(const get_options& options, caf::actor_system& system);

/// Adds a line as curl understands it: "Name: value"; "Name:" sends no such field, not even one that is added by
/// default; "Name;" sends it empty. An error says where the line was written, and repeats no value.
failure add_field(request& to, const header_line& given);

/// Seconds as the library's deadlines count.
std::chrono::milliseconds milliseconds_of(double seconds);

} // namespace sluice::command
