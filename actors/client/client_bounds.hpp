// The ranges of everything in a client_config, as a table: one row a field. check(client_config) walks it.
// For sluice itself and its tests; users see the failures.
#pragma once

#include <sluice/actors/client_config.hpp>
#include <sluice/messages/bounds.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace sluice {

/// One number of a client_config and the range that it must be in. Durations count in milliseconds, enumerators by
/// their values, and what is beyond the largest std::int64_t counts as that.
struct bounded_field {
  const char* name; ///< below client_config: "http2.head_bytes"
  const char* unit; ///< " bytes", or empty
  std::int64_t least, most;
  std::int64_t (*value)(const client_config&);
  void (*set)(client_config&, std::int64_t);
};

/// Every number of a client_config.
std::span<const bounded_field> bounded_fields();

/// The largest request.read.window that a client takes: one body must not use up what all of them share.
inline wire_bytes largest_explicit_window(const client_config& config) {
  return std::min(config.largest_window, config.memory_budget);
}

} // namespace sluice
