#include <sluice/protocols/coding/decoder.hpp>

#include <sluice/protocols/http/message.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>

namespace sluice::coding {

namespace {
constexpr std::size_t between_layers_bytes = 16u << 10; // buffer for the output of a layer that is not the innermost
}

/// One inflate stream, and the output that the next layer has not taken yet.
class decoder::layer {
public:
  explicit layer(bool gzip) : gzip_(gzip) {}
  layer(const layer&) = delete;
  layer& operator=(const layer&) = delete;
  ~layer() {
    if (open_)
      inflateEnd(&z_);
  }

  /// Decodes from `input` into `output`. Returns {bytes consumed, bytes produced}; sets `problem` on malformed input.
  std::pair<std::size_t, std::size_t> run(std::span<const std::byte> input, std::span<std::byte> output,
                                          failure& problem) {
    const auto given = input.size(), room = output.size();
    while (!problem) {
      if (!open_ && !start(input, problem))
        break;
      if (ended_) {
        if (input.empty())
          break;
        if (!next_member(input, problem))
          break;
      }
      if (output.empty() || (input.empty() && !pending_ && sniffed_ == 0))
        break;
      feed(input, output, problem);
      if (input.empty() && !pending_)
        break;
    }
    return {given - input.size(), room - output.size()};
  }

  bool pending() const noexcept { return pending_; }
  /// The layer has got input, and the coding is not complete.
  bool incomplete() const noexcept { return seen_ > 0 && !ended_; }
  std::uint64_t seen() const noexcept { return seen_; }
  const char* name() const noexcept { return gzip_ ? "gzip" : "deflate"; }

  std::vector<std::byte> buffer; // output for the next layer
  std::size_t taken = 0;         // bytes of `buffer` that the next layer has consumed
  std::span<const std::byte> waiting() const { return std::span{buffer}.subspan(taken); }

private:
  /// Opens the inflate stream; for "deflate" it first consumes the two bytes that show the format. False: it needs more
  /// input, or there is a problem.
  bool start(std::span<const std::byte>& input, failure& problem) {
    if (input.empty())
      return false;
    int bits = 15 + 16; // gzip
    if (!gzip_) {
      // "deflate" means the zlib format, but many servers send raw deflate data. The first two bytes distinguish them
      // (RFC 1950 section 2.2).
      while (sniffed_ < 2 && !input.empty()) {
        sniff_[sniffed_++] = input.front();
        input = input.subspan(1);
        ++seen_;
      }
      const auto first = std::to_integer<unsigned>(sniff_[0]), second = std::to_integer<unsigned>(sniff_[1]);
      const bool could_be_zlib = (first & 0x0fu) == 8 && (first >> 4) <= 7;
      if (could_be_zlib && sniffed_ < 2)
        return false;
      bits = could_be_zlib && (first * 256 + second) % 31 == 0 ? 15 : -15;
    }
    z_ = {};
    open_ = inflateInit2(&z_, bits) == Z_OK;
    if (!open_)
      problem = {errc::internal, caused_by::local, std::string{"no memory to decode "} + name() + " data"};
    return open_;
  }

  /// Handles input behind the end of the data. For gzip: another member, or zero bytes up to the end of the body, which
  /// are padding and ignored, as gzip(1) does. Other bytes are an error. True: there is another member to decode.
  bool next_member(std::span<const std::byte>& input, failure& problem) {
    if (gzip_) {
      const auto zeros = static_cast<std::size_t>(
          std::find_if(input.begin(), input.end(), [](std::byte b) { return b != std::byte{0}; }) - input.begin());
      input = input.subspan(zeros);
      seen_ += zeros;
      padded_ = padded_ || zeros > 0;
      if (input.empty())
        return false;
      if (!padded_ && input.front() == std::byte{0x1f}
          && inflateReset(&z_) == Z_OK) { // another member (RFC 1952 section 2.2)
        ended_ = false;
        return true;
      }
    }
    problem = {errc::malformed_encoding, caused_by::remote,
               std::string{"bytes follow the end of the "} + name() + " data, after " + std::to_string(seen_)
                   + " bytes of it"};
    return false;
  }

  void feed(std::span<const std::byte>& input, std::span<std::byte>& output, failure& problem) {
    // The sniffed bytes go first. start() has already counted them as consumed.
    const bool from_sniff = sniffed_ > 0;
    auto source = from_sniff ? std::span<const std::byte>{sniff_}.subspan(sniff_fed_, sniffed_ - sniff_fed_) : input;
    const auto offered = std::min<std::size_t>(source.size(), 1u << 30),
               room = std::min<std::size_t>(output.size(), 1u << 30);
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(source.data()));
    z_.avail_in = static_cast<uInt>(offered);
    z_.next_out = reinterpret_cast<Bytef*>(output.data());
    z_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z_, Z_NO_FLUSH);
    const auto consumed = offered - z_.avail_in;
    output = output.subspan(room - z_.avail_out);
    if (from_sniff) {
      sniff_fed_ += consumed;
      if (sniff_fed_ == sniffed_)
        sniffed_ = sniff_fed_ = 0;
    } else {
      input = input.subspan(consumed);
      seen_ += consumed;
    }
    pending_ = z_.avail_out == 0 && status != Z_STREAM_END;
    if (status == Z_STREAM_END) {
      ended_ = true;
      if (sniffed_ > 0) { // the raw data ended within the sniffed bytes
        problem = {errc::malformed_encoding, caused_by::remote, "bytes follow the end of the deflate data"};
      }
    } else if (status == Z_BUF_ERROR) {
      pending_ = false; // no progress without more input
    } else if (status != Z_OK) {
      problem = {errc::malformed_encoding, caused_by::remote,
                 std::string{"the body is not valid "} + name() + " after " + std::to_string(seen_) + " bytes: "
                     + (status == Z_NEED_DICT ? "a preset dictionary is needed"
                        : z_.msg              ? z_.msg
                                              : "inflate failed")};
    }
  }

  bool gzip_;
  bool open_ = false, ended_ = false, pending_ = false;
  bool padded_ = false;                     // zero bytes followed the end of the data
  std::array<std::byte, 2> sniff_{};        // the first two bytes of "deflate" data
  std::size_t sniffed_ = 0, sniff_fed_ = 0; // bytes in `sniff_`, and how many of them inflate() has consumed
  std::uint64_t seen_ = 0;                  // input bytes consumed
  z_stream z_{};
};

decoder::decoder(std::vector<std::unique_ptr<layer>> layers) : layers_(std::move(layers)) {}
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;
decoder::~decoder() = default;

result_or_failure<decoder> decoder::make(std::string_view content_encoding, limits bounds) {
  std::vector<std::unique_ptr<layer>> layers;
  while (!content_encoding.empty()) {
    auto comma = std::min(content_encoding.find(','), content_encoding.size());
    auto name = content_encoding.substr(0, comma);
    content_encoding.remove_prefix(std::min(comma + 1, content_encoding.size()));
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t'))
      name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t'))
      name.remove_suffix(1);
    if (name.empty() || http::equals_ignoring_case(name, "identity"))
      continue;
    const bool gzip = http::equals_ignoring_case(name, "gzip") || http::equals_ignoring_case(name, "x-gzip");
    if (!gzip && !http::equals_ignoring_case(name, "deflate"))
      return failure{errc::unsupported_encoding, caused_by::remote,
                     "the content coding '" + std::string{name.substr(0, 40)}
                         + "' is not supported; request without decoding to get the encoded bytes"};
    if (layers.size() == bounds.layers)
      return failure{errc::too_many_encodings, caused_by::remote,
                     "more than " + std::to_string(bounds.layers) + " layers of content coding (limit layers)"};
    layers.insert(layers.begin(),
                  std::make_unique<layer>(gzip)); // the field lists codings in order of application: last is outermost
  }
  return decoder{std::move(layers)};
}

progress decoder::decode(std::span<const std::byte> input, std::span<std::byte> output) {
  progress result;
  if (failure_) {
    result.state = state::failed;
    return result;
  }
  // From the innermost layer outwards: a layer runs only when the next one has consumed all of its output.
  bool moved = true;
  while (moved && !failure_ && result.produced < output.size()) {
    moved = false;
    for (std::size_t i = layers_.size(); i-- > 0 && !failure_;) {
      auto& current = *layers_[i];
      const bool last = i + 1 == layers_.size(), first = i == 0;
      if (!last && !current.waiting().empty())
        continue; // the next layer must consume that first
      auto source = first ? input : layers_[i - 1]->waiting();
      if (source.empty() && !current.pending())
        continue;
      std::size_t consumed = 0, produced = 0;
      if (last) {
        std::tie(consumed, produced) = current.run(source, output.subspan(result.produced), failure_);
        result.produced += produced;
      } else {
        current.buffer.resize(between_layers_bytes);
        current.taken = 0;
        std::tie(consumed, produced) = current.run(source, current.buffer, failure_);
        current.buffer.resize(produced);
      }
      if (first) {
        input = input.subspan(consumed);
        result.consumed += wire_bytes{consumed};
      } else {
        layers_[i - 1]->taken += consumed;
      }
      moved = moved || consumed > 0 || produced > 0;
    }
  }
  result.state = failure_                                 ? state::failed
                 : input.empty() && !has_pending_output() ? state::more_input
                                                          : state::more_output;
  return result;
}

bool decoder::has_pending_output() const noexcept {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (layers_[i]->pending() || (i + 1 < layers_.size() && !layers_[i]->waiting().empty()))
      return true;
  return false;
}

failure decoder::finish() const {
  if (failure_)
    return failure_;
  // An empty body is accepted. An inner layer without input is not, if the outermost layer had input.
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& checked = *layers_[i];
    if (checked.incomplete() || (i > 0 && checked.seen() == 0 && layers_[0]->seen() > 0))
      return {errc::truncated_body, caused_by::remote,
              std::string{"the body ended inside its "} + checked.name() + " data, after "
                  + std::to_string(checked.seen()) + " bytes of it"};
  }
  return {};
}

} // namespace sluice::coding
