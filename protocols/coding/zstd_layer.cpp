#include <sluice/protocols/coding/layer.hpp>

#include <zstd.h>
#include <zstd_errors.h>

#include <string>

namespace sluice::coding {

namespace {

class zstd final : public layer {
public:
  explicit zstd(int window_log) : layer("zstd"), window_log_(window_log) {}
  std::size_t held() const noexcept override { return ZSTD_sizeof_DStream(state_.get()); }

private:
  /// Of a frame or a skippable frame (RFC 8878 sections 3.1.1 and 3.1.2). Frames of zstd before 0.8, which the library
  /// may know too, begin with other bytes.
  static bool begins_frame(std::byte first) {
    return first == std::byte{0x28} || (first & std::byte{0xf0}) == std::byte{0x50};
  }

  bool open(input_bytes& input, failure& problem) override {
    if (input.empty())
      return false;
    if (!begins_frame(input.front())) {
      problem = invalid("no frame begins with its first byte");
      return false;
    }
    state_.reset(ZSTD_createDStream());
    if (!state_ || ZSTD_isError(ZSTD_DCtx_setParameter(state_.get(), ZSTD_d_windowLogMax, window_log_)) != 0) {
      problem = no_memory();
      return false;
    }
    return true;
  }

  /// Frames follow one another (RFC 8878 section 3).
  bool begin_next(input_bytes& input, failure& problem) override {
    if (!begins_frame(input.front())) {
      problem = trailing_bytes();
      return false;
    }
    ended_ = false;
    first_byte_ = true;
    return true;
  }

  bool feed(input_bytes& input, output_bytes& output, failure& problem) override {
    // Given a whole frame and room for all of its content, the library would decode it at once and check no window. So
    // the first byte of each frame is given alone.
    ZSTD_inBuffer in{input.data(), first_byte_ ? std::size_t{1} : input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const auto left = ZSTD_decompressStream(state_.get(), &out, &in);
    first_byte_ = false;
    if (ZSTD_isError(left) != 0) {
      problem = problem_of(ZSTD_getErrorCode(left));
      return false;
    }
    consume(input, in.pos);
    output = output.subspan(out.pos);
    ended_ = left == 0; // the frame is decoded, and all of it is delivered
    pending_ = !ended_ && output.empty();
    return in.pos > 0 || out.pos > 0 || ended_;
  }

  failure problem_of(ZSTD_ErrorCode code) const {
    switch (code) {
      case ZSTD_error_memory_allocation: return no_memory();
      case ZSTD_error_frameParameter_windowTooLarge:
        return beyond_us("a window of more than " + std::to_string((std::uint64_t{1} << window_log_) >> 10)
                         + " KiB (limit zstd_window_log, RFC 9659)");
      case ZSTD_error_dictionary_wrong: return beyond_us("a dictionary, and the response brings none");
      default: return invalid(ZSTD_getErrorString(code));
    }
  }

  struct freed {
    void operator()(ZSTD_DStream* state) const { ZSTD_freeDStream(state); }
  };
  std::unique_ptr<ZSTD_DStream, freed> state_;
  int window_log_;
  bool first_byte_ = true; // the next byte is the first one of a frame
};

} // namespace

std::unique_ptr<layer> zstd_layer(int window_log) { return std::make_unique<zstd>(window_log); }

} // namespace sluice::coding
