// One content coding of a body: encoded bytes in, decoded bytes out, no more of them than the caller has room for.
// Knows no other layer and no C library: the .cpp of each layer includes the one that it needs.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::coding {

class layer {
public:
  struct moved {
    std::size_t consumed = 0, produced = 0; // bytes of input and of output
  };

  /// `name` is the coding's name in error messages; it must outlive the layer.
  explicit layer(const char* name) : name_(name) {}
  layer(const layer&) = delete;
  layer& operator=(const layer&) = delete;
  virtual ~layer() = default;

  /// Decodes from `input` into `output`, which is not empty. Sets `problem` if the input is not what the coding
  /// demands, or if there is no memory; the layer is not used after that.
  moved run(std::span<const std::byte> input, std::span<std::byte> output, failure& problem);

  /// Output may come without further input.
  bool pending() const noexcept { return pending_; }
  /// The layer has got input, and the coding is not complete.
  bool incomplete() const noexcept { return seen_ > 0 && !ended_; }
  /// Input bytes consumed.
  std::uint64_t seen() const noexcept { return seen_; }
  const char* name() const noexcept { return name_; }
  /// Bytes of memory that the library's state takes now, its window included.
  virtual std::size_t held() const noexcept = 0;

  std::vector<std::byte> buffer; // output for the next layer
  std::size_t taken = 0;         // bytes of `buffer` that the next layer has consumed
  std::span<const std::byte> waiting() const { return std::span{buffer}.subspan(taken); }

protected:
  using input_bytes = std::span<const std::byte>;
  using output_bytes = std::span<std::byte>;

  /// Makes the library's state. Called until it returns true; nothing is allocated before there is input. False: it
  /// needs more input, or there is a problem.
  virtual bool open(input_bytes& input, failure& problem) = 0;
  /// The data has ended, and `input`, which is not empty, follows. True: more data of this coding begins there, and
  /// `ended_` is false again. False: all of `input` was padding, or there is a problem.
  virtual bool begin_next(input_bytes& input, failure& problem) = 0;
  /// Calls the library once; takes what it used off `input` and `output`, and sets `pending_` and `ended_`. False: it
  /// used neither, or there is a problem.
  virtual bool feed(input_bytes& input, output_bytes& output, failure& problem) = 0;

  /// Takes consumed bytes off the input.
  void consume(input_bytes& input, std::size_t n) {
    input = input.subspan(n);
    seen_ += n;
  }
  failure no_memory() const;
  failure invalid(std::string_view why) const;
  failure trailing_bytes() const;
  /// The data is valid, but needs what this decoder does not give it.
  failure beyond_us(std::string_view need) const;

  bool ended_ = false, pending_ = false;
  std::uint64_t seen_ = 0;

private:
  const char* name_;
  bool open_ = false;
};

/// gzip (RFC 1952): several members, then zero bytes up to the end of the body. By zlib, with a window of 32 KiB.
std::unique_ptr<layer> gzip_layer();
/// deflate: the zlib format (RFC 1950), or raw deflate data (RFC 1951), which many servers send.
std::unique_ptr<layer> deflate_layer();
/// br (RFC 7932). Its window is 16 MiB at most: data of the "large window" extension is refused.
std::unique_ptr<layer> brotli_layer();
/// zstd (RFC 8878): several frames, skippable ones among them. Refused are frames whose window is larger than
/// 2^window_log bytes, frames that need a dictionary, and the formats of zstd before 0.8.
std::unique_ptr<layer> zstd_layer(int window_log);

} // namespace sluice::coding
