// Content decoding (RFC 9110 §8.4) on demand: gzip, deflate, br and zstd, also several on top of each other. Reports
// how many wire bytes each piece of output took. No I/O; knows no stream, no credit and no C library.
#pragma once

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/flow/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::coding {

struct limits {
  std::size_t layers = 3; ///< content codings of one body, "identity" not counted. 1 to 16
  /// A zstd frame may need a window of 2^this bytes: 8 MiB, what each decoder has to support and no encoder may exceed
  /// (RFC 8878 section 3.1.1.1.2, RFC 9659 section 3). 10 to 27. A body's decoder keeps that much memory. A br window
  /// is 16 MiB at most, by its format (RFC 7932 section 9.1).
  int zstd_window_log = 23;
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

class layer;

/// Decodes one body. A call produces no more than the output buffer holds, so a decompression bomb costs no more memory
/// than the caller asks for. Beside that a decoder keeps, for each layer, the coding's window (gzip and deflate 32 KiB,
/// zstd 2^zstd_window_log bytes at most, br 16 MiB at most; less where the body is shorter) and some hundred KiB of
/// tables, from the first byte of the body until it is destroyed. It runs ahead of the output by 4 KiB of wire bytes
/// (br) or one block (zstd, 128 KiB) at most. Movable.
class decoder {
public:
  /// `content_encoding` is the combined field value. Failures: errc::unsupported_encoding (an unknown coding),
  /// errc::too_many_encodings.
  static result_or_failure<decoder> make(std::string_view content_encoding, limits bounds = {});
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;
  ~decoder();

  /// There is no coding: the caller passes the body on unchanged.
  bool identity() const noexcept { return layers_.empty(); }
  /// state::failed: error() tells. errc::malformed_encoding: the body is not valid in its coding.
  /// errc::unsupported_encoding: it needs a dictionary, or a larger window than allowed. errc::internal: no memory.
  progress decode(std::span<const std::byte> input, std::span<std::byte> output);
  /// Output may come without further input.
  bool has_pending_output() const noexcept;
  /// Call at the end of the body, once has_pending_output() is false. Returns errc::truncated_body if a coding is not
  /// complete.
  failure finish() const;
  const failure& error() const noexcept { return failure_; }
  /// Bytes of memory that it keeps now.
  std::size_t held() const noexcept;

private:
  explicit decoder(std::vector<std::unique_ptr<layer>> layers);
  std::vector<std::unique_ptr<layer>> layers_; // outermost (nearest the wire) first
  failure failure_;
};

} // namespace sluice::coding
