// The limits of the HTTP/1.1 parsers. The error text of an exceeded limit contains the name of the field.
// Plain values; knows no parser.
#pragma once

#include <cstddef>

namespace sluice::http1 {

/// Sizes in bytes, including line ends.
struct limits {
  std::size_t start_line_bytes = 16u << 10;
  std::size_t field_line_bytes = 64u << 10;
  std::size_t head_bytes = 256u << 10; ///< start line and all field lines together
  std::size_t field_count = 256;       ///< field lines of a head, and of a trailer section
  std::size_t chunk_line_bytes = 4096; ///< a chunk's size and its extensions
  std::size_t trailer_bytes = 64u << 10;
  std::size_t interim_responses = 16; ///< 1xx responses before the final one
  std::size_t empty_lines = 4;        ///< empty lines that are skipped before the status lines of one response
  /// True: a bare LF ends a line of a response and the data of a chunk (RFC 9112 section 2.2 permits that). False: such
  /// a response is an error, because a proxy that parses it differently would see another response than this client
  /// (response splitting). Requests with a bare LF are always an error.
  bool bare_lf = false;
};

} // namespace sluice::http1
