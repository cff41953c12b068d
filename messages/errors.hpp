// How failures travel as CAF errors, and how an actor system learns of sluice's messages.
// Knows no actor.
#pragma once

#include <sluice/messages/interfaces.hpp>

namespace sluice {

/// Registers sluice's messages and its error category, and adds "sluice/2" (the version of the messages) to
/// `middleman.app-identifiers`: CAF connects nodes that have one identifier in common, so those the host has set, or
/// CAF's own where it has set none, stay. Call it before the actor system is made, and after the host has set or parsed
/// identifiers of its own: what replaces them later replaces ours too. Nothing else of the configuration changes; a
/// second call changes nothing.
void configure(caf::actor_system_config& config);

/// A failure as a CAF error: category `sluice`, the errc as its code, the failure itself as context.
caf::error make_error(const failure& x);

/// The failure in a CAF error. An error of CAF's own (a lost node, a dead client, a request timeout) is put into
/// the nearest errc with CAF's words.
failure failure_of(const caf::error& x);

} // namespace sluice
