// How failures travel as CAF errors, and how an actor system learns of sluice's messages.
// Knows no actor.
#pragma once

#include <sluice/messages/interfaces.hpp>

namespace sluice {

/// The version of the messages in this folder. Nodes that differ in it must not talk to each other.
inline constexpr std::uint16_t message_protocol_version = 2;

/// Registers sluice's messages and its error category, and names the protocol version in
/// `middleman.app-identifiers`. Call it on the configuration before the actor system is made.
void configure(caf::actor_system_config& config);

/// A failure as a CAF error: category `sluice`, the errc as its code, the failure itself as context.
caf::error make_error(const failure& x);

/// The failure in a CAF error. An error of CAF's own (a lost node, a dead client, a request timeout) is put into
/// the nearest errc with CAF's words.
failure failure_of(const caf::error& x);

} // namespace sluice
