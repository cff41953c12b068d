#include "answer.hpp"

#include <utility>

namespace sluice::origin {

step script::produce(std::span<std::byte> out) {
  step result;
  while (at_ < pieces_.size()) {
    const auto got = pieces_[at_]->pull(out.subspan(result.bytes));
    result.bytes += got.bytes;
    result.body_bytes += got.body_bytes;
    if (got.ended)
      ++at_;
    if (got.pause.count() != 0) {
      result.next = then::pause;
      result.pause = got.pause;
      return result;
    }
    if (!got.ended)
      return result;
  }
  if (final_pause_.count() != 0) {
    result.next = then::pause;
    result.pause = std::exchange(final_pause_, {});
    return result;
  }
  result.next = ending_;
  return result;
}

} // namespace sluice::origin
