// A body in two parts, and in between whatever a fault does.
// For the files that hold routes.
#pragma once

#include "routes.hpp"

#include <algorithm>

namespace sluice::origin {

/// Of ?bytes= (1 MiB), after ?after= of them; by default half.
struct interrupted {
  explicit interrupted(const request& x)
    : size(x.target.number("bytes", 1u << 20)), after(std::min(x.target.number("after", size / 2), size)),
      result(std::make_unique<script>()), seed(x.seed) {
    result->head(head_for(x, 200, content_fields(x), by_length(size)));
    if (after != 0)
      result->content(seeded(seed, after));
  }
  script_ptr rest() && {
    if (after != size)
      result->content(seeded(seed, size, after));
    return std::move(result);
  }
  std::uint64_t size, after;
  script_ptr result;
  std::uint64_t seed;
};

} // namespace sluice::origin
