// Converts failures to CAF errors and back, and registers sluice's messages with an actor system.
// Knows no actor.
#pragma once

#include <sluice/messages/interfaces.hpp>

namespace sluice {

/// Registers sluice's messages and its error category, and adds "sluice/3" (3 is the version of the messages) to
/// `middleman.app-identifiers`. CAF connects nodes that have one identifier in common. Identifiers that the program has
/// set, or else CAF's own, stay. Nothing else of the configuration changes, and a second call changes nothing.
///
/// Call it before the actor system is made, and after the program has set or parsed identifiers of its own: if it
/// replaces the list later, ours is lost.
void configure(caf::actor_system_config& config);

/// A failure as a CAF error: category `sluice`, the errc as its code, the failure itself as context. A failure with
/// errc::none gets the code of errc::internal, because a CAF error of code 0 is no error. Any thread.
caf::error make_error(const failure& problem);

/// The failure in a CAF error; errc::none if `error` is no error. Errors of CAF itself are translated: a request
/// timeout is errc::timed_out; an actor that has ended is errc::cancelled; everything else is errc::internal. Any
/// thread.
failure failure_of(const caf::error& error);

} // namespace sluice
