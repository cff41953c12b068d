// The source of an upload that counts what it gives, and gives no more than so many bytes a second (--limit-rate).
// Knows no HTTP and no file.
#pragma once

#include <sluice/actors/io/loop.hpp>
#include <sluice/messages/interfaces.hpp>

#include <cstdint>
#include <memory>

namespace sluice::command {

/// Gives what `inner` gives, of which up to 512 KiB and 64 pieces are read ahead. `given`, which is read on the loop
/// only, counts its bytes. `bytes_per_second` 0: no limit. Ends when `inner` does.
body_source meter(loop& home, body_source inner, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second);
/// The same for bytes that are all there.
body_source meter(loop& home, chunk bytes, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second);

/// Meters what `body` is made of, and whatever it is made of again: `given` then counts from 0.
void meter(loop& home, request_body& body, std::shared_ptr<std::uint64_t> given, std::uint64_t bytes_per_second);

} // namespace sluice::command
