#include "fault_parts.hpp"
#include "http3_frames.hpp"

#include <algorithm>

namespace sluice::origin {

namespace {

constexpr std::uint32_t request_rejected = 0x10b; // RFC 9114 §8.1
constexpr std::uint64_t reserved_frame = 0x21;    // §7.2.8: to be ignored

std::string frame_of(const request& incoming, std::uint64_t otherwise) {
  const auto size = std::min<std::uint64_t>(incoming.target.number("bytes", 10), 1u << 20);
  return frames3::frame(incoming.target.number("type", otherwise), std::string(size, 'f'));
}

// ---- what is done to the connection amid a body --------------------------------------------------

answer_ptr amid(const request& incoming, std::function<void(connection_actions&)> act) {
  interrupted body(incoming);
  body.result->act(std::move(act));
  return std::move(body).rest();
}

/// With ?last= the streams from that one on are said not to be processed; else those that have not come.
answer_ptr goaway(const request& incoming) {
  if (!incoming.target.has("last"))
    return amid(incoming, [](connection_actions& on) { on.finish_going_away(); });
  const auto frame = frames3::frame(frames3::goaway, frames3::varint(incoming.target.number("last", 0)));
  return amid(incoming, [frame](connection_actions& on) { on.write_control(frame); });
}

answer_ptr goaway_raised(const request& incoming) {
  const auto frames =
      frames3::frame(frames3::goaway, frames3::varint(400)) + frames3::frame(frames3::goaway, frames3::varint(800));
  return amid(incoming, [frames](connection_actions& on) { on.write_control(frames); });
}

answer_ptr close(const request& incoming, std::string_view code) {
  const auto number = parse_count(code);
  return number ? amid(incoming, [n = *number](connection_actions& on) { on.close(n); })
                : reply_text(incoming, 400, "/h3/close/CODE, a number\n");
}

answer_ptr freeze(const request& incoming) {
  return amid(incoming, [time = frozen_time(incoming)](connection_actions& on) { on.freeze(time); });
}

answer_ptr stateless_reset(const request& incoming) {
  return amid(incoming, [](connection_actions& on) { on.reset_statelessly(); });
}

answer_ptr key_update(const request& incoming) {
  return amid(incoming, [](connection_actions& on) { on.update_keys(); });
}

answer_ptr control_frame(const request& incoming) {
  const auto one = frame_of(incoming, frames3::settings);
  const auto n = std::min<std::uint64_t>(incoming.target.number("n", 1), (16u << 20) / one.size());
  std::string all;
  for (std::uint64_t i = 0; i < n; ++i)
    all += one;
  return amid(incoming, [all = std::move(all)](connection_actions& on) { on.write_control(all); });
}

// ---- what is written on the stream ---------------------------------------------------------------

answer_ptr frame(const request& incoming) {
  return raw_then_ok(incoming, repeated(frame_of(incoming, reserved_frame), incoming.target.number("n", 1)));
}
answer_ptr data_first(const request& incoming) {
  return raw_then_ok(incoming, frames3::frame(frames3::data, "too early"));
}

answer_ptr truncated_frame(const request& incoming) {
  auto result = begin_content(incoming, by_chunks);
  result->raw(frames3::head(frames3::data, 1000) + "not a thousand");
  return result;
}

/// A prefix cut off, a static line that does not exist, or a dynamic one that never comes.
answer_ptr bad_qpack(const request& incoming) {
  const auto kind = incoming.target.text("kind", "index");
  const std::string section = kind == "prefix"    ? std::string("\xff", 1)
                              : kind == "dynamic" ? std::string("\x02\0\x80", 3)
                                                  : std::string("\0\0\xff\xff\x01", 5);
  auto result = std::make_unique<script>();
  result->raw(frames3::frame(frames3::headers, section));
  return result;
}

constexpr fault_entry table[] = {
    {"goaway", goaway},
    {"goaway-graceful", goaway_graceful},
    {"goaway-raised", goaway_raised},
    {"freeze", freeze},
    {"stateless-reset", stateless_reset},
    {"key-update", key_update},
    {"control-frame", control_frame},
    {"frame", frame},
    {"data-first", data_first},
    {"headers-after-body",
     [](const request& incoming) {
       return headers_after_body(
           incoming, frames3::frame(frames3::headers, frames3::section(http::fields{{"x-trailer", "without an end"}})));
     }},
    {"truncated-frame", truncated_frame},
    {"bad-qpack", bad_qpack},
    {"empty-data-flood",
     [](const request& incoming) { return empty_data_flood(incoming, frames3::frame(frames3::data, {})); }},
    {"one-byte-data", one_byte_data},
    {"refused", [](const request& incoming) { return refused(incoming, request_rejected); }},
    {"421", misdirected}};

} // namespace

answer_ptr http3_fault(const request& incoming, std::string_view name) {
  constexpr std::string_view closing = "close/";
  const auto make = find_fault(table, name);
  if (make == nullptr && !name.starts_with(closing))
    return nullptr;
  if (!incoming.http3())
    return reply_text(incoming, 400, "this route is for HTTP/3\n");
  return make != nullptr ? make(incoming) : close(incoming, name.substr(closing.size()));
}

} // namespace sluice::origin
