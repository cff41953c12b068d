#include "connection_actions.hpp"
#include "http3_frames.hpp"
#include "interrupted.hpp"
#include "routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t request_rejected = 0x10b; // RFC 9114 §8.1
constexpr std::uint64_t reserved_frame = 0x21;    // §7.2.8: to be ignored
constexpr std::uint64_t flood = 100000;           // frames, if no ?n= is given

script_ptr script_of() { return std::make_unique<script>(); }
outgoing_head plain_head(const request& x, std::uint64_t n) {
  return head_for(x, 200, content_fields(x), by_length(n));
}

/// These bytes, and then an answer for a client that bears them.
answer_ptr raw_then_ok(const request& x, source_ptr raw) {
  auto result = script_of();
  result->raw(std::move(raw)).head(plain_head(x, ok_body.size())).content(std::string(ok_body));
  return result;
}

std::string frame_of(const request& x, std::uint64_t otherwise) {
  const auto size = std::min<std::uint64_t>(x.target.number("bytes", 10), 1u << 20);
  return frames3::frame(x.target.number("type", otherwise), std::string(size, 'f'));
}

// ---- what is done to the connection amid a body --------------------------------------------------

answer_ptr amid(const request& x, std::function<void(connection_actions&)> act) {
  interrupted body(x);
  body.result->act(std::move(act));
  return std::move(body).rest();
}

/// With ?last= the streams from that one on are said not to be processed; else those that have not come.
answer_ptr goaway(const request& x) {
  if (!x.target.has("last"))
    return amid(x, [](connection_actions& on) { on.finish_going_away(); });
  const auto frame = frames3::frame(frames3::goaway, frames3::varint(x.target.number("last", 0)));
  return amid(x, [frame](connection_actions& on) { on.write_control(frame); });
}

answer_ptr goaway_graceful(const request& x) {
  interrupted body(x);
  body.result->act([](connection_actions& on) { on.announce_going_away(); });
  body.result->wait(milliseconds{x.target.number("notice_ms", 50)});
  body.result->act([](connection_actions& on) { on.finish_going_away(); });
  return std::move(body).rest();
}

answer_ptr goaway_raised(const request& x) {
  const auto frames =
      frames3::frame(frames3::goaway, frames3::varint(400)) + frames3::frame(frames3::goaway, frames3::varint(800));
  return amid(x, [frames](connection_actions& on) { on.write_control(frames); });
}

answer_ptr close(const request& x, std::string_view code) {
  const auto number = parse_count(code);
  return number ? amid(x, [n = *number](connection_actions& on) { on.close(n); })
                : reply_text(x, 400, "/h3/close/CODE, a number\n");
}

answer_ptr freeze(const request& x) {
  const milliseconds time{std::min<std::uint64_t>(x.target.number("ms", 60000), 3600000)};
  return amid(x, [time](connection_actions& on) { on.freeze(time); });
}

answer_ptr stateless_reset(const request& x) {
  return amid(x, [](connection_actions& on) { on.reset_statelessly(); });
}

answer_ptr key_update(const request& x) {
  return amid(x, [](connection_actions& on) { on.update_keys(); });
}

answer_ptr control_frame(const request& x) {
  const auto one = frame_of(x, frames3::settings);
  const auto n = std::min<std::uint64_t>(x.target.number("n", 1), (16u << 20) / one.size());
  std::string all;
  for (std::uint64_t i = 0; i < n; ++i)
    all += one;
  return amid(x, [all = std::move(all)](connection_actions& on) { on.write_control(all); });
}

// ---- what is written on the stream ---------------------------------------------------------------

answer_ptr frame(const request& x) {
  return raw_then_ok(x, repeated(frame_of(x, reserved_frame), x.target.number("n", 1)));
}
answer_ptr data_first(const request& x) { return raw_then_ok(x, text(frames3::frame(frames3::data, "too early"))); }

answer_ptr headers_after_body(const request& x) {
  auto result = script_of();
  result->head(head_for(x, 200, content_fields(x), by_chunks)).content(seeded(x.seed, x.target.number("bytes", 1000)));
  result->raw(frames3::frame(frames3::headers, frames3::section(http::fields{{"x-trailer", "without an end"}})));
  result->content(std::string(ok_body));
  return result;
}

answer_ptr truncated_frame(const request& x) {
  auto result = script_of();
  result->head(head_for(x, 200, content_fields(x), by_chunks))
      .raw(frames3::head(frames3::data, 1000) + "not a thousand");
  return result;
}

/// A prefix cut off, a static line that does not exist, or a dynamic one that never comes.
answer_ptr bad_qpack(const request& x) {
  const auto kind = x.target.text("kind", "index");
  const std::string section = kind == "prefix"    ? std::string("\xff", 1)
                              : kind == "dynamic" ? std::string("\x02\0\x80", 3)
                                                  : std::string("\0\0\xff\xff\x01", 5);
  auto result = script_of();
  result->raw(frames3::frame(frames3::headers, section));
  return result;
}

answer_ptr empty_data_flood(const request& x) {
  auto result = script_of();
  result->head(plain_head(x, ok_body.size()))
      .raw(repeated(frames3::frame(frames3::data, {}), x.target.number("n", flood)));
  result->content(std::string(ok_body));
  return result;
}

answer_ptr one_byte_data(const request& x) {
  const auto n = x.target.number("bytes", 1000);
  auto head = plain_head(x, n);
  head.chunk = 1;
  return reply(x, std::move(head), seeded(x.seed, n));
}

answer_ptr refused(const request& x) {
  if (!x.is_first_visit())
    return reply_ok(x);
  auto result = script_of();
  result->incomplete().ending(then::reset_stream, request_rejected);
  return result;
}

/// With ?id= only the first time.
answer_ptr misdirected(const request& x) {
  if (x.target.has("id") && !x.is_first_visit())
    return reply_ok(x);
  return reply_text(x, 421, "not on this connection\n");
}

struct entry {
  std::string_view name;
  answer_ptr (*make)(const request&);
};

constexpr std::array<entry, 16> table{{{"goaway", goaway},
                                       {"goaway-graceful", goaway_graceful},
                                       {"goaway-raised", goaway_raised},
                                       {"freeze", freeze},
                                       {"stateless-reset", stateless_reset},
                                       {"key-update", key_update},
                                       {"control-frame", control_frame},
                                       {"frame", frame},
                                       {"data-first", data_first},
                                       {"headers-after-body", headers_after_body},
                                       {"truncated-frame", truncated_frame},
                                       {"bad-qpack", bad_qpack},
                                       {"empty-data-flood", empty_data_flood},
                                       {"one-byte-data", one_byte_data},
                                       {"refused", refused},
                                       {"421", misdirected}}};

} // namespace

answer_ptr http3_fault(const request& x, std::string_view name) {
  constexpr std::string_view closing = "close/";
  const auto found = std::find_if(table.begin(), table.end(), [&](const entry& e) { return e.name == name; });
  if (found == table.end() && !name.starts_with(closing))
    return nullptr;
  if (!x.http3())
    return reply_text(x, 400, "this route is for HTTP/3\n");
  return found == table.end() ? close(x, name.substr(closing.size())) : found->make(x);
}

} // namespace sluice::origin
