#include <sluice/protocols/http2/frame_watch.hpp>

#include <algorithm>
#include <utility>

namespace sluice::http2 {

namespace {

enum frame_type : std::uint8_t { data = 0, headers = 1, push_promise = 5, window_update = 8, continuation = 9 };
constexpr std::uint8_t flag_end_stream = 0x1, flag_padded = 0x8;
constexpr std::size_t tiny_below_bytes = 16;

failure flood(std::string frames) {
  return {errc::flooded, caused_by::remote, "the origin floods the connection with " + std::move(frames)};
}

} // namespace

frame_watch::frame_watch(const limits& bounds)
  : limits_(bounds), control_(bounds.control_frames, bounds.control_frames_a_second),
    tiny_(bounds.tiny_data_frames, bounds.tiny_data_frames_a_second),
    updates_(bounds.window_updates, bounds.window_updates_a_second) {}

failure frame_watch::receive(std::span<const std::byte> input, http::time_point now) {
  while (!input.empty()) {
    if (payload_left_ > 0) {
      const auto n = std::min<std::uint64_t>(payload_left_, input.size());
      payload_left_ -= n;
      input = input.subspan(static_cast<std::size_t>(n));
      continue;
    }
    header_[header_bytes_++] = std::to_integer<std::uint8_t>(input.front());
    input = input.subspan(1);
    if (header_bytes_ < header_needed_)
      continue;
    const std::size_t length = std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
    if (header_needed_ == 9 && header_[3] == data && (header_[4] & flag_padded) && length > 0) {
      header_needed_ = 10;
      continue;
    }
    payload_left_ = length - (header_needed_ - 9);
    auto problem = frame(now);
    header_bytes_ = 0;
    header_needed_ = 9;
    if (problem)
      return problem;
  }
  return {};
}

failure frame_watch::frame(http::time_point now) {
  if (std::exchange(first_, false) && std::equal(header_.begin(), header_.begin() + 5, "HTTP/"))
    return {errc::unsupported_protocol, caused_by::remote, "the origin answers in HTTP/1.1 where HTTP/2 was expected"};
  switch (header_[3]) {
    case data: return data_frame(header_needed_ == 10 ? header_[9] + std::size_t{1} : 0, now);
    case continuation:
      if (++continuations_ > limits_.continuation_frames)
        return flood("more than " + std::to_string(limits_.continuation_frames)
                     + " CONTINUATION frames for one field section (limit continuation_frames)");
      return {};
    case window_update:
      if (!updates_.take(now))
        return flood("WINDOW_UPDATE frames (limits window_updates, window_updates_a_second)");
      return {};
    case headers: continuations_ = 0; return {}; // the numbers of requests and of interim responses limit them
    case push_promise:                           // the origin got SETTINGS_ENABLE_PUSH = 0 before any request
      return {errc::protocol_violation, caused_by::remote,
              "the origin pushes a response (PUSH_PROMISE) though push is disabled (RFC 9113 section 8.4)"};
    default:
      if (!control_.take(now))
        return flood("frames that carry no data, the last of type " + std::to_string(header_[3])
                     + " (limits control_frames, control_frames_a_second)");
      return {};
  }
}

failure frame_watch::data_frame(std::size_t padding, http::time_point now) {
  const std::size_t length = std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
  if (header_[4] & flag_end_stream)
    return {};
  if (length <= padding)
    return control_.take(now) ? failure{} : flood("empty DATA frames (limits control_frames, control_frames_a_second)");
  if (length < padding + tiny_below_bytes && !tiny_.take(now))
    return flood("DATA frames with fewer than " + std::to_string(tiny_below_bytes)
                 + " bytes of data (limits tiny_data_frames, tiny_data_frames_a_second)");
  return {};
}

} // namespace sluice::http2
