// Content decoding (RFC 9110 §8.4) on demand: gzip and deflate, also several on top of each other. Reports how many
// wire bytes each piece of output took. No I/O; knows no stream and no credit. Only the .cpp includes zlib.
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
  std::size_t layers = 3; ///< content codings of one body, "identity" not counted
};

enum class state : std::uint8_t {
  more_input,  ///< all input was consumed and all output is delivered
  more_output, ///< the output is full; call again, with or without further input
  failed,
};

/// The result of one call. `consumed` counts wire bytes: the input of the outermost coding.
struct progress {
  wire_bytes consumed;
  std::size_t produced = 0;
  coding::state state = state::more_input;
};

/// Decodes one body. A call produces no more than the output buffer holds, so a decompression bomb costs no more memory
/// than the caller asks for. Movable.
class decoder {
public:
  /// `content_encoding` is the combined field value. Unknown codings and too many layers are failures.
  static result_or_failure<decoder> make(std::string_view content_encoding, limits bounds = {});
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;
  ~decoder();

  /// There is no coding: the caller passes the body on unchanged.
  bool identity() const noexcept { return layers_.empty(); }
  progress decode(std::span<const std::byte> input, std::span<std::byte> output);
  /// Output may come without further input.
  bool has_pending_output() const noexcept;
  /// Call at the end of the body, once has_pending_output() is false. Returns errc::truncated_body if a coding is not
  /// complete.
  failure finish() const;
  const failure& error() const noexcept { return failure_; }

private:
  class layer;
  explicit decoder(std::vector<std::unique_ptr<layer>> layers);
  std::vector<std::unique_ptr<layer>> layers_; // outermost (nearest the wire) first
  failure failure_;
};

} // namespace sluice::coding
