// Content decoding (RFC 9110 §8.4) on demand: gzip and deflate, in layers, with the exact wire cost of every output
// byte. Sans-I/O; knows no stream and no credit. zlib stays in the .cpp.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/bytes.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::coding {

struct limits {
  std::size_t layers = 3; ///< content codings on top of each other
};

enum class state : std::uint8_t {
  more_input,  ///< everything given was consumed
  more_output, ///< the output is full; call again, with or without input
  failed,
};

/// What one call did. `consumed` counts bytes of the outermost coding, those that came over the wire.
struct progress {
  wire_bytes consumed;
  std::size_t produced = 0;
  coding::state state = state::more_input;
};

/// Decodes one body, only as far as there is room for output, whatever the compression ratio. Movable.
class decoder {
public:
  /// `content_encoding` is the combined field value. Unknown codings and too many layers are failures.
  static result_or_failure<decoder> make(std::string_view content_encoding, limits bounds = {});
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;
  ~decoder();

  /// Nothing to decode: the caller passes chunks through untouched.
  bool identity() const noexcept { return layers_.empty(); }
  progress decode(std::span<const std::byte> input, std::span<std::byte> output);
  /// Output may come without further input.
  bool has_pending_output() const noexcept;
  /// The body ended and has_pending_output() is false: nothing, or why that was too early.
  failure finish() const;
  const failure& error() const noexcept { return failure_; }

private:
  class layer;
  explicit decoder(std::vector<std::unique_ptr<layer>> layers);
  std::vector<std::unique_ptr<layer>> layers_; // outermost (nearest the wire) first
  failure failure_;
};

} // namespace sluice::coding
