#include "fault_parts.hpp"

#include <algorithm>

namespace sluice::origin {

using std::chrono::milliseconds;

outgoing_head content_head(const request& incoming, http1::body_framing framing) {
  return head_for(incoming, 200, content_fields(incoming), framing);
}

script_ptr begin_content(const request& incoming, http1::body_framing framing) {
  auto result = std::make_unique<script>();
  result->head(content_head(incoming, framing));
  return result;
}

script_ptr raw_then_ok(const request& incoming, source_ptr raw) {
  auto result = std::make_unique<script>();
  result->raw(std::move(raw)).head(content_head(incoming, by_length(ok_body.size()))).content(std::string(ok_body));
  return result;
}

script_ptr act_then_ok(const request& incoming, std::function<void(connection_actions&)> act, std::uint64_t times) {
  auto result = std::make_unique<script>();
  result->act(std::move(act), times)
      .head(content_head(incoming, by_length(ok_body.size())))
      .content(std::string(ok_body));
  return result;
}

script_ptr reset_at_once(std::uint32_t code) {
  auto result = std::make_unique<script>();
  result->incomplete().ending(then::reset_stream, code);
  return result;
}

interrupted::interrupted(const request& incoming)
  : size(incoming.target.number("bytes", 1u << 20)), after(std::min(incoming.target.number("after", size / 2), size)),
    result(begin_content(incoming, by_length(size))), seed(incoming.seed) {
  if (after != 0)
    result->content(seeded(seed, after));
}

script_ptr interrupted::rest() && {
  if (after != size)
    result->content(seeded(seed, size, after));
  return std::move(result);
}

answer_ptr goaway_graceful(const request& incoming) {
  interrupted body(incoming);
  body.result->act([](connection_actions& on) { on.announce_going_away(); });
  body.result->wait(milliseconds{incoming.target.number("notice_ms", 50)});
  body.result->act([](connection_actions& on) { on.finish_going_away(); });
  return std::move(body).rest();
}

answer_ptr one_byte_data(const request& incoming) {
  const auto n = incoming.target.number("bytes", 1000);
  auto head = content_head(incoming, by_length(n));
  head.chunk = 1;
  return reply(incoming, std::move(head), seeded(incoming.seed, n));
}

answer_ptr headers_after_body(const request& incoming, std::string headers_frame) {
  auto result = begin_content(incoming, by_chunks);
  result->content(seeded(incoming.seed, incoming.target.number("bytes", 1000)));
  result->raw(std::move(headers_frame)).content(std::string(ok_body));
  return result;
}

answer_ptr empty_data_flood(const request& incoming, std::string data_frame) {
  auto result = begin_content(incoming, by_length(ok_body.size()));
  result->raw(repeated(std::move(data_frame), incoming.target.number("n", flood_frames))).content(std::string(ok_body));
  return result;
}

answer_ptr refused(const request& incoming, std::uint32_t code) {
  return incoming.is_first_visit() ? reset_at_once(code) : reply_ok(incoming);
}

answer_ptr misdirected(const request& incoming) {
  if (incoming.target.has("id") && !incoming.is_first_visit())
    return reply_ok(incoming);
  return reply_text(incoming, 421, "not on this connection\n");
}

milliseconds frozen_time(const request& incoming) {
  return milliseconds{std::min<std::uint64_t>(incoming.target.number("ms", 60000), 3600000)};
}

fault_maker find_fault(std::span<const fault_entry> table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const fault_entry& entry) { return entry.name == name; });
  return found == table.end() ? nullptr : found->make;
}

} // namespace sluice::origin
