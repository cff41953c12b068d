#include <sluice/actors/connection/upload.hpp>

#include <sluice/messages/bounds.hpp>

#include <algorithm>
#include <string>

namespace sluice {

std::span<const std::byte> upload::next_of(std::span<const std::byte> body) noexcept {
  const auto rest = body.subspan(static_cast<std::size_t>(bytes));
  const auto next = rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), largest_piece.value)));
  bytes += next.size();
  return next;
}

failure upload::accept(const piece& got, maybe<std::uint64_t> length) {
  if (auto problem = check(got))
    return problem;
  if (got.data.size() > largest_piece.value)
    return {errc::invalid_request, caused_by::local,
            "the source of the request body gave " + std::to_string(got.data.size()) + " bytes at once, where at most "
                + std::to_string(largest_piece.value) + " were asked for"};
  if (auto problem = check_fields(got.trailers, "trailers of the request's body"))
    return problem;
  bytes += got.data.size();
  if (length && (bytes > *length || (got.end && bytes < *length)))
    return {errc::invalid_request, caused_by::local,
            "the source of the request body gave " + std::to_string(bytes) + " bytes"
                + (got.end ? " in all" : " or more") + ", but " + std::to_string(*length) + " were announced"};
  return {};
}

} // namespace sluice
