// The bounds of the HTTP/1.1 engine and what it tolerates, each a field that its error message names.
// Plain values.
#pragma once

#include <cstddef>

namespace sluice::http1 {

/// All sizes in bytes, line ends included.
struct limits {
  std::size_t start_line_bytes = 16u << 10;
  std::size_t field_line_bytes = 64u << 10;
  std::size_t head_bytes = 256u << 10; ///< start line and all field lines together
  std::size_t field_count = 256;       ///< field lines of a head, and of a trailer section
  std::size_t chunk_line_bytes = 4096; ///< a chunk's size and its extensions
  std::size_t trailer_bytes = 64u << 10;
  std::size_t interim_responses = 16; ///< 1xx responses before the final one
  std::size_t empty_lines = 4;        ///< empty lines that are skipped before the status lines of one response
  /// Whether LF without CR ends a line of a response, and a chunk's data too (RFC 9112 section 2.2 allows it to
  /// recipients). Off: such a response is refused, because a proxy on the way that reads it otherwise could see another
  /// response than we do. Requests are always read strictly.
  bool bare_lf = false;
};

} // namespace sluice::http1
