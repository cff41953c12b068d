// Stands between an exchange and its observer: passes events on as fast as the observer takes them, and drops the rest.
// Knows only what it is handed.
#pragma once

#include <sluice/actors/io/loop.hpp>

namespace sluice {

/// At most 64 events are in the mailbox of `to` at a time, and at most 1,000 more wait here. Beyond that events are
/// dropped, and the next one that is passed on is preceded by one that says how many. Ends with its last handle, once
/// what waits is passed on.
observer spawn_trace_feed(loop& home, observer to);

} // namespace sluice
