#include <sluice/protocols/coding/layer.hpp>

#include <brotli/decode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace sluice::coding {

namespace {

/// Input of one call. The library decodes all that it is given into its window before it delivers the last of it, so
/// this is how many wire bytes it runs ahead of the reader. With less than 1 KiB the calls themselves cost time.
constexpr std::size_t most_at_once = 4096;

class brotli final : public layer {
public:
  brotli() : layer("br") {}
  ~brotli() override { BrotliDecoderDestroyInstance(state_); }
  std::size_t held() const noexcept override { return held_; }

private:
  /// The library does not tell how much it holds, so each piece of memory has its size in front.
  static constexpr std::size_t size_bytes = alignof(std::max_align_t);
  static_assert(size_bytes >= sizeof(std::size_t));
  static void* allocate(void* held, std::size_t n) noexcept {
    auto* const memory = n > SIZE_MAX - size_bytes ? nullptr : static_cast<std::byte*>(std::malloc(n + size_bytes));
    if (memory == nullptr)
      return nullptr;
    std::memcpy(memory, &n, sizeof n);
    *static_cast<std::size_t*>(held) += n;
    return memory + size_bytes;
  }
  static void release(void* held, void* address) noexcept {
    if (address == nullptr)
      return;
    auto* const memory = static_cast<std::byte*>(address) - size_bytes;
    std::size_t n = 0;
    std::memcpy(&n, memory, sizeof n);
    *static_cast<std::size_t*>(held) -= n;
    std::free(memory);
  }

  bool open(input_bytes& input, failure& problem) override {
    if (input.empty())
      return false;
    state_ = BrotliDecoderCreateInstance(&allocate, &release, &held_);
    if (state_ == nullptr)
      problem = no_memory();
    return state_ != nullptr;
  }

  /// Brotli data is one stream (RFC 7932 section 9): nothing may follow it.
  bool begin_next(input_bytes&, failure& problem) override {
    problem = trailing_bytes();
    return false;
  }

  bool feed(input_bytes& input, output_bytes& output, failure& problem) override {
    // Output that is ready goes first: given input, the library would decode that too before it delivers.
    const bool ready = BrotliDecoderHasMoreOutput(state_) != BROTLI_FALSE;
    const auto offered = ready ? 0 : std::min(input.size(), most_at_once);
    auto input_left = offered, output_left = output.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(output.data());
    const auto status = BrotliDecoderDecompressStream(state_, &input_left, &next_in, &output_left, &next_out, nullptr);
    const auto consumed = offered - input_left, produced = output.size() - output_left;
    consume(input, consumed);
    output = output.subspan(produced);
    ended_ = status == BROTLI_DECODER_RESULT_SUCCESS;
    pending_ = status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT || BrotliDecoderHasMoreOutput(state_) != BROTLI_FALSE;
    if (status == BROTLI_DECODER_RESULT_ERROR)
      problem = problem_of(BrotliDecoderGetErrorCode(state_));
    return !problem && (consumed > 0 || produced > 0 || ended_);
  }

  failure problem_of(BrotliDecoderErrorCode code) const {
    // Codes of failed allocations, see BROTLI_DECODER_ERROR_CODES_LIST.
    if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
      return no_memory();
    if (code == BROTLI_DECODER_ERROR_FORMAT_WINDOW_BITS)
      return beyond_us("a window of more than 16 MiB, which RFC 7932 does not allow");
    return invalid(BrotliDecoderErrorString(code));
  }

  std::size_t held_ = 0;
  BrotliDecoderState* state_ = nullptr;
};

} // namespace

std::unique_ptr<layer> brotli_layer() { return std::make_unique<brotli>(); }

} // namespace sluice::coding
