// One exchange as an actor that owns it: asks, reads as its plan says, ends, and tells the tally.
// Knows no kind of exchange.
#pragma once

#include "tally.hpp"

#include <sluice/messages/interfaces.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::soak {

/// What the actor does once it has read `stop_after` bytes.
enum class then : std::uint8_t { read_on, cancel, drop, settle, rest };

/// What must come of an exchange that is not given up.
enum class expectation : std::uint8_t { whole, fails, either };

struct plan {
  std::string kind;
  sluice::client by;
  request what;

  std::uint64_t read_size = 64u << 10; ///< of each read
  std::uint64_t stop_after = 0;        ///< decoded bytes; what comes then is `next`
  then next = then::read_on;
  std::chrono::milliseconds pause{0}; ///< then::rest: how long nothing is read; then::settle: until the rest is read
  std::chrono::milliseconds dies_after{-1}; ///< the owner's end, whatever has come; negative: never

  expectation expected = expectation::whole;
  std::vector<errc> failures; ///< what may be told; empty: anything but timed_out and internal
  std::uint16_t status = 200;
  std::uint64_t size = 0;
  bool seeded = true;    ///< the body is the origin's content with seed 1
  std::string contains;  ///< in a body of a few bytes that is not `seeded`
  bool trailers = false; ///< must come
};

/// Spawns the exchange's actor. `over` names its transport.
void visit(caf::actor_system& system, tally& told, plan chosen, std::string_view over);

/// A source of an upload: `size` bytes of the origin's content with seed 1.
body_source content_source(caf::actor_system& system, std::uint64_t size);

} // namespace sluice::soak
