#include <sluice/protocols/coding/layer.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>

namespace sluice::coding {

namespace {

constexpr std::size_t most_at_once = 1u << 30; // bytes in one call; zlib counts in unsigned int

/// One inflate stream.
class inflating : public layer {
public:
  using layer::layer;
  ~inflating() override {
    if (initialised_)
      inflateEnd(&z_);
  }
  /// The window of 32 KiB and what zconf.h says of the rest: about 7 KiB.
  std::size_t held() const noexcept override { return initialised_ ? 39u << 10 : 0; }

protected:
  /// `bits` as inflateInit2 takes it: the window and the format.
  bool initialise(int bits, failure& problem) {
    z_ = {};
    initialised_ = inflateInit2(&z_, bits) == Z_OK;
    if (!initialised_)
      problem = no_memory();
    return initialised_;
  }

  bool feed(input_bytes& input, output_bytes& output, failure& problem) override {
    const auto before = output.size();
    const auto n = inflate_some(input, output, problem);
    consume(input, n);
    return !problem && (n > 0 || output.size() < before);
  }

  /// Inflates from `source`; returns how many bytes of it were used.
  std::size_t inflate_some(input_bytes source, output_bytes& output, failure& problem) {
    const auto offered = std::min(source.size(), most_at_once), room = std::min(output.size(), most_at_once);
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(source.data()));
    z_.avail_in = static_cast<uInt>(offered);
    z_.next_out = reinterpret_cast<Bytef*>(output.data());
    z_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z_, Z_NO_FLUSH);
    output = output.subspan(room - z_.avail_out);
    ended_ = status == Z_STREAM_END;
    pending_ = z_.avail_out == 0 && !ended_ && status != Z_BUF_ERROR; // Z_BUF_ERROR: more input is needed
    if (status == Z_NEED_DICT)
      problem = invalid("a preset dictionary is needed");
    else if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      problem = invalid(z_.msg ? z_.msg : "inflate failed");
    return offered - z_.avail_in;
  }

  z_stream z_{};

private:
  bool initialised_ = false;
};

class gzip final : public inflating {
public:
  gzip() : inflating("gzip") {}

private:
  bool open(input_bytes& input, failure& problem) override {
    constexpr int window_bits = 15, gzip_format = 16;
    return !input.empty() && initialise(window_bits + gzip_format, problem);
  }

  /// Another member (RFC 1952 section 2.2), or zero bytes up to the end of the body, which are padding and ignored, as
  /// gzip(1) does.
  bool begin_next(input_bytes& input, failure& problem) override {
    const auto zeros = static_cast<std::size_t>(
        std::find_if(input.begin(), input.end(), [](std::byte b) { return b != std::byte{0}; }) - input.begin());
    consume(input, zeros);
    padded_ = padded_ || zeros > 0;
    if (input.empty())
      return false;
    if (!padded_ && input.front() == std::byte{0x1f} && inflateReset(&z_) == Z_OK) {
      ended_ = false;
      return true;
    }
    problem = trailing_bytes();
    return false;
  }

  bool padded_ = false; // zero bytes followed the end of the data
};

/// "deflate" means the zlib format, but many servers send raw deflate data. The first two bytes distinguish them
/// (RFC 1950 section 2.2).
class deflate final : public inflating {
public:
  deflate() : inflating("deflate") {}

private:
  bool open(input_bytes& input, failure& problem) override {
    while (sniffed_ < 2 && !input.empty()) {
      sniff_[sniffed_++] = input.front();
      consume(input, 1);
    }
    if (sniffed_ == 0)
      return false;
    const auto first = std::to_integer<unsigned>(sniff_[0]), second = std::to_integer<unsigned>(sniff_[1]);
    const bool could_be_zlib = (first & 0x0fu) == 8 && (first >> 4) <= 7;
    if (could_be_zlib && sniffed_ < 2)
      return false;
    pending_ = true; // the sniffed bytes are to be inflated
    return initialise(could_be_zlib && (first * 256 + second) % 31 == 0 ? 15 : -15, problem);
  }

  bool begin_next(input_bytes&, failure& problem) override {
    problem = trailing_bytes();
    return false;
  }

  bool feed(input_bytes& input, output_bytes& output, failure& problem) override {
    if (fed_ == sniffed_)
      return inflating::feed(input, output, problem);
    // The sniffed bytes go first. open() has already counted them as consumed.
    const auto before = output.size();
    const auto n = inflate_some(std::span{sniff_}.subspan(fed_, sniffed_ - fed_), output, problem);
    fed_ += n;
    if (ended_ && fed_ < sniffed_) // the raw data ended within them
      problem = trailing_bytes();
    return !problem && (n > 0 || output.size() < before);
  }

  std::array<std::byte, 2> sniff_{};  // the first two bytes
  std::size_t sniffed_ = 0, fed_ = 0; // bytes in `sniff_`, and how many of them inflate() has consumed
};

} // namespace

std::unique_ptr<layer> gzip_layer() { return std::make_unique<gzip>(); }
std::unique_ptr<layer> deflate_layer() { return std::make_unique<deflate>(); }

} // namespace sluice::coding
