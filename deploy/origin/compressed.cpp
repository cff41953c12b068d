// Compression while an answer is pulled: zlib's formats, brotli and zstd. Each C library is known here only.
#include "source.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <utility>

namespace sluice::origin {

namespace {

/// One compressed stream, or several one after the other: the members of gzip, the frames of zstd.
class encoder {
public:
  encoder() = default;
  encoder(const encoder&) = delete;
  encoder& operator=(const encoder&) = delete;
  virtual ~encoder() = default;
  /// Takes what it used off `input` and `output`. `last`: there is no more input after this. True: the stream is
  /// complete.
  virtual bool encode(std::span<const std::byte>& input, std::span<std::byte>& output, bool last) = 0;
  /// Begins another stream.
  virtual void restart() = 0;
};

class zlib_encoder final : public encoder {
public:
  explicit zlib_encoder(compression how) {
    constexpr int window_bits = 15, gzip_flag = 16, memory_level = 8;
    const int bits = how == compression::gzip   ? window_bits + gzip_flag
                     : how == compression::zlib ? window_bits
                                                : -window_bits;
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  ~zlib_encoder() override { deflateEnd(&stream_); }

  bool encode(std::span<const std::byte>& input, std::span<std::byte>& output, bool last) override {
    const auto room = static_cast<uInt>(std::min<std::size_t>(output.size(), std::numeric_limits<uInt>::max()));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = room;
    const bool complete = deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    input = input.last(stream_.avail_in);
    output = output.subspan(room - stream_.avail_out);
    return complete;
  }
  void restart() override { deflateReset(&stream_); }

private:
  z_stream stream_{};
};

class brotli_encoder final : public encoder {
public:
  brotli_encoder() {
    if (!state_)
      throw std::bad_alloc{};
    BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, quality);
  }

  bool encode(std::span<const std::byte>& input, std::span<std::byte>& output, bool last) override {
    auto input_left = input.size(), output_left = output.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(output.data());
    if (!BrotliEncoderCompressStream(state_.get(), last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS,
                                     &input_left, &next_in, &output_left, &next_out, nullptr))
      throw std::bad_alloc{};
    input = input.last(input_left);
    output = output.last(output_left);
    return last && BrotliEncoderIsFinished(state_.get());
  }
  void restart() override { throw std::logic_error{"nothing may follow the end of brotli data"}; }

private:
  static constexpr std::uint32_t quality = 2; // of 0 to 11: speed
  struct freed {
    void operator()(BrotliEncoderState* state) const { BrotliEncoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliEncoderState, freed> state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)};
};

class zstd_encoder final : public encoder {
public:
  zstd_encoder() {
    if (!state_ || ZSTD_isError(ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_compressionLevel, level)))
      throw std::bad_alloc{};
  }

  bool encode(std::span<const std::byte>& input, std::span<std::byte>& output, bool last) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const auto left = ZSTD_compressStream2(state_.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left))
      throw std::bad_alloc{};
    input = input.subspan(in.pos);
    output = output.subspan(out.pos);
    return last && left == 0;
  }
  void restart() override {} // by itself, with the next input

private:
  static constexpr int level = 1; // speed
  struct freed {
    void operator()(ZSTD_CCtx* state) const { ZSTD_freeCCtx(state); }
  };
  std::unique_ptr<ZSTD_CCtx, freed> state_{ZSTD_createCCtx()};
};

std::unique_ptr<encoder> encoder_for(compression how) {
  switch (how) {
    case compression::brotli: return std::make_unique<brotli_encoder>();
    case compression::zstd: return std::make_unique<zstd_encoder>();
    default: return std::make_unique<zlib_encoder>(how);
  }
}

class compressed_source final : public source {
public:
  compressed_source(source_ptr inner, compression how, std::uint64_t member_bytes)
    : inner_(std::move(inner)), encoder_(encoder_for(how)),
      member_bytes_(how == compression::brotli ? endless : std::max<std::uint64_t>(member_bytes, 1)) {}

  pulled pull(std::span<std::byte> out) override {
    const auto room = out.size();
    bool ended = false;
    while (!out.empty() && !ended) {
      if (input_.empty() && !input_ended_ && member_left() != 0)
        refill();
      const bool last = input_ended_ || member_left() == 0;
      if (!encoder_->encode(input_, out, last))
        continue;
      ended = input_ended_;
      member_at_ = 0;
      if (!ended)
        encoder_->restart();
    }
    return {room - out.size(), ended, {}};
  }

private:
  std::uint64_t member_left() const { return member_bytes_ - member_at_; }
  void refill() {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), member_left()));
    const auto got = inner_->pull(std::span(buffer_).first(n));
    input_ended_ = got.ended;
    member_at_ += got.bytes;
    input_ = std::span(buffer_).first(got.bytes);
  }

  source_ptr inner_;
  std::unique_ptr<encoder> encoder_;
  std::uint64_t member_bytes_, member_at_ = 0;
  bool input_ended_ = false;
  std::span<const std::byte> input_; // of `buffer_`, not yet compressed
  std::array<std::byte, 16u << 10> buffer_;
};

} // namespace

source_ptr compressed(source_ptr inner, compression how, std::uint64_t member_bytes) {
  return std::make_unique<compressed_source>(std::move(inner), how, member_bytes);
}

} // namespace sluice::origin
