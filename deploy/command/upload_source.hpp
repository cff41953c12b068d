// The actor that reads an upload's parts as the transport drains, and the request body that it is the source of.
// Knows no options.
#pragma once

#include "upload_body.hpp"

#include <sluice/messages/interfaces.hpp>

#include <cstdint>

namespace sluice::command {

/// A body of at most so many bytes that consists of texts and regular files is read into memory before it is sent.
inline constexpr std::uint64_t body_in_memory_bytes_max = 256u << 10;

/// The body of a request: in memory, or from an actor of `system`, on a thread of its own because reading blocks. It
/// can be sent again, after a redirect or for a retry, unless it contains a pipe or standard input.
/// errc::consumer_failed: a file that was to be read into memory has changed or cannot be read.
result_or_failure<request_body> request_body_of(const upload_body& body, caf::actor_system& system);

} // namespace sluice::command
