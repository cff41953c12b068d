// The content decoder on arbitrary bytes: whole and byte by byte it must give the same, and no more than asked for.
// The first byte chooses the codings.
#include <sluice/protocols/coding/decoder.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

struct outcome {
  std::string text;
  sluice::errc problem = sluice::errc::none;
};

outcome run(std::string_view encoding, std::span<const std::byte> body, std::size_t step, std::size_t room) {
  auto decoder = *sluice::coding::decoder::make(encoding);
  outcome out;
  std::vector<std::byte> space(room);
  while ((!body.empty() || decoder.has_pending_output()) && out.text.size() < (1u << 20)) {
    const auto step_result = decoder.decode(body.first(std::min(step, body.size())), space);
    if (step_result.consumed.value > body.size() || step_result.produced > room)
      std::abort();
    body = body.subspan(static_cast<std::size_t>(step_result.consumed.value));
    out.text.append(reinterpret_cast<const char*>(space.data()), step_result.produced);
    if (step_result.state == sluice::coding::state::failed) {
      out.problem = decoder.error().code;
      return out;
    }
  }
  out.problem = decoder.finish().code;
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const char* const encodings[] = {"gzip", "deflate", "gzip, deflate", "deflate, gzip, gzip",
                                   "br",   "zstd",    "zstd, br",      "br, zstd, gzip"};
  const auto* encoding = encodings[data[0] % std::size(encodings)];
  const auto body = std::as_bytes(std::span{data + 1, size - 1});
  const auto whole = run(encoding, body, size, 64u << 10), split = run(encoding, body, 1, 777);
  if (whole.text.size() < (1u << 20) && split.text.size() < (1u << 20)
      && ((whole.problem == sluice::errc::none) != (split.problem == sluice::errc::none)
          || (whole.problem == sluice::errc::none && whole.text != split.text)))
    std::abort();
  return 0;
}
