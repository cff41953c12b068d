#include "fault_parts.hpp"

#include <algorithm>

namespace sluice::origin {

using std::chrono::milliseconds;

outgoing_head content_head(const request& x, http1::body_framing framing) {
  return head_for(x, 200, content_fields(x), framing);
}

script_ptr begin_content(const request& x, http1::body_framing framing) {
  auto result = std::make_unique<script>();
  result->head(content_head(x, framing));
  return result;
}

script_ptr raw_then_ok(const request& x, source_ptr raw) {
  auto result = std::make_unique<script>();
  result->raw(std::move(raw)).head(content_head(x, by_length(ok_body.size()))).content(std::string(ok_body));
  return result;
}

script_ptr act_then_ok(const request& x, std::function<void(connection_actions&)> act, std::uint64_t times) {
  auto result = std::make_unique<script>();
  result->act(std::move(act), times).head(content_head(x, by_length(ok_body.size()))).content(std::string(ok_body));
  return result;
}

script_ptr reset_at_once(std::uint32_t code) {
  auto result = std::make_unique<script>();
  result->incomplete().ending(then::reset_stream, code);
  return result;
}

interrupted::interrupted(const request& x)
  : size(x.target.number("bytes", 1u << 20)), after(std::min(x.target.number("after", size / 2), size)),
    result(begin_content(x, by_length(size))), seed(x.seed) {
  if (after != 0)
    result->content(seeded(seed, after));
}

script_ptr interrupted::rest() && {
  if (after != size)
    result->content(seeded(seed, size, after));
  return std::move(result);
}

answer_ptr goaway_graceful(const request& x) {
  interrupted body(x);
  body.result->act([](connection_actions& on) { on.announce_going_away(); });
  body.result->wait(milliseconds{x.target.number("notice_ms", 50)});
  body.result->act([](connection_actions& on) { on.finish_going_away(); });
  return std::move(body).rest();
}

answer_ptr one_byte_data(const request& x) {
  const auto n = x.target.number("bytes", 1000);
  auto head = content_head(x, by_length(n));
  head.chunk = 1;
  return reply(x, std::move(head), seeded(x.seed, n));
}

answer_ptr headers_after_body(const request& x, std::string headers_frame) {
  auto result = begin_content(x, by_chunks);
  result->content(seeded(x.seed, x.target.number("bytes", 1000)));
  result->raw(std::move(headers_frame)).content(std::string(ok_body));
  return result;
}

answer_ptr empty_data_flood(const request& x, std::string data_frame) {
  auto result = begin_content(x, by_length(ok_body.size()));
  result->raw(repeated(std::move(data_frame), x.target.number("n", flood_frames))).content(std::string(ok_body));
  return result;
}

answer_ptr refused(const request& x, std::uint32_t code) {
  return x.is_first_visit() ? reset_at_once(code) : reply_ok(x);
}

answer_ptr misdirected(const request& x) {
  if (x.target.has("id") && !x.is_first_visit())
    return reply_ok(x);
  return reply_text(x, 421, "not on this connection\n");
}

milliseconds frozen_time(const request& x) {
  return milliseconds{std::min<std::uint64_t>(x.target.number("ms", 60000), 3600000)};
}

fault_maker find_fault(std::span<const fault_entry> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const fault_entry& x) { return x.name == name; });
  return found == table.end() ? nullptr : found->make;
}

} // namespace sluice::origin
