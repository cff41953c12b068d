#include <sluice/protocols/coding/decoder.hpp>

#include <sluice/protocols/coding/layer.hpp>
#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::coding {

namespace {

constexpr std::size_t between_layers_bytes = 16u << 10; // buffer for the output of a layer that is not the innermost

/// The decoder of the coding with this name, in any case (RFC 9110 section 8.4.1). Null: there is none.
std::unique_ptr<layer> layer_of(std::string_view name, const limits& bounds) {
  const auto is = [&](std::string_view other) { return http::equals_ignoring_case(name, other); };
  if (is("gzip") || is("x-gzip")) // the same (RFC 9110 section 8.4.1.3)
    return gzip_layer();
  if (is("deflate"))
    return deflate_layer();
  if (is("br"))
    return brotli_layer();
  if (is("zstd"))
    return zstd_layer(bounds.zstd_window_log);
  return nullptr;
}

} // namespace

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
    auto next = layer_of(name, bounds);
    if (!next)
      return failure{errc::unsupported_encoding, caused_by::remote,
                     "the content coding '" + std::string{name.substr(0, 40)}
                         + "' is not supported; request without decoding to get the encoded bytes"};
    if (layers.size() == bounds.layers)
      return failure{errc::too_many_encodings, caused_by::remote,
                     "more than " + std::to_string(bounds.layers) + " layers of content coding (limit layers)"};
    // The field lists codings in order of application: the last one is the outermost.
    layers.insert(layers.begin(), std::move(next));
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
      layer::moved done;
      if (last) {
        done = current.run(source, output.subspan(result.produced), failure_);
        result.produced += done.produced;
      } else {
        current.buffer.resize(between_layers_bytes);
        current.taken = 0;
        done = current.run(source, current.buffer, failure_);
        current.buffer.resize(done.produced);
      }
      if (first) {
        input = input.subspan(done.consumed);
        result.consumed += wire_bytes{done.consumed};
      } else {
        layers_[i - 1]->taken += done.consumed;
      }
      moved = moved || done.consumed > 0 || done.produced > 0;
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

std::size_t decoder::held() const noexcept {
  std::size_t result = 0;
  for (const auto& each : layers_)
    result += each->held() + each->buffer.capacity();
  return result;
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
