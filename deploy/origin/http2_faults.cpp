#include "fault_parts.hpp"
#include "http2_frames.hpp"

#include <algorithm>

namespace sluice::origin {

namespace {

using frames::type;

// RFC 9113 §6.5.2, §7
constexpr std::uint16_t max_concurrent_streams = 3, initial_window_size = 4;
constexpr std::uint32_t refused_stream = 7;
constexpr std::uint32_t window_max = 0x7fffffff;
constexpr std::uint64_t settings_flood_max = 10000; // frames, by a library call each

std::uint64_t count(const request& incoming, std::uint64_t otherwise = flood_frames) {
  return incoming.target.number("n", otherwise);
}
std::uint32_t small(const request& incoming, std::string_view name, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(incoming.target.number(name, otherwise), UINT32_MAX));
}
/// ?stream=1: on the request's stream, else on the connection.
std::uint32_t where(const request& incoming) { return incoming.target.flag("stream") ? incoming.stream_id : 0; }

/// Raw bytes are the whole answer.
script_ptr only_raw(std::string raw) {
  auto result = std::make_unique<script>();
  result->raw(std::move(raw)).incomplete();
  return result;
}

answer_ptr continuation_flood(const request& incoming) {
  const auto size = std::clamp<std::uint64_t>(incoming.target.number("bytes", 1024), 16, 16000);
  const auto line =
      incoming.target.flag("empty") ? std::string() : frames::literal("x-filler", std::string(size - 16, 'a'));
  auto result = only_raw(frames::headers(incoming.stream_id, frames::block({}), 0));
  result->raw(repeated(frames::continuation(incoming.stream_id, line, 0), count(incoming)));
  result->raw(frames::continuation(incoming.stream_id, {})
              + frames::data(incoming.stream_id, ok_body, frames::end_stream));
  return result;
}

/// One line in the client's table, named n times. The connection's tables do not agree afterwards.
answer_ptr hpack_bomb(const request& incoming) {
  constexpr std::uint32_t newest = 62;
  auto block = frames::block({}) + frames::indexing_literal("x-bomb", std::string(4000, 'b'));
  for (auto n = std::min<std::uint64_t>(count(incoming, 12000), 12000); n != 0; --n)
    block += frames::indexed(newest);
  return only_raw(frames::headers(incoming.stream_id, block)
                  + frames::data(incoming.stream_id, ok_body, frames::end_stream));
}

answer_ptr bad_hpack(const request& incoming) {
  const auto kind = incoming.target.text("kind", "index");
  const std::string block = kind == "zero"        ? frames::indexed(0)
                            : kind == "truncated" ? "\x40\x0a"
                                                  : frames::indexed(9999);
  return only_raw(frames::headers(incoming.stream_id, block));
}

/// Through the library, which has to know what the client acknowledges, and searches all that is not: hence fewer.
answer_ptr settings_flood(const request& incoming) {
  const auto value = incoming.shared.settings.http2.max_concurrent_streams;
  return act_then_ok(
      incoming, [value](connection_actions& on) { on.change_setting(max_concurrent_streams, value); },
      std::min(count(incoming, settings_flood_max), settings_flood_max));
}

answer_ptr ping_flood(const request& incoming) {
  return raw_then_ok(incoming, repeated(frames::frame(type::ping, 0, 0, "flooding"), count(incoming)));
}

answer_ptr rst_flood(const request& incoming) {
  const auto code = small(incoming, "code", refused_stream);
  auto result = reset_at_once(code);
  result->raw(repeated(frames::rst_stream(incoming.stream_id, code), count(incoming)));
  return result;
}

answer_ptr window_update_flood(const request& incoming) {
  return raw_then_ok(
      incoming, repeated(frames::window_update(where(incoming), small(incoming, "increment", 1)), count(incoming)));
}

answer_ptr window_overflow(const request& incoming) {
  return raw_then_ok(incoming, frames::window_update(where(incoming), window_max));
}

answer_ptr padded(const request& incoming) {
  const auto n = incoming.target.number("bytes", 1u << 20);
  auto head = content_head(incoming, by_length(n));
  head.padding = static_cast<std::uint8_t>(std::min<std::uint64_t>(incoming.target.number("padding", 255), 255));
  head.chunk = incoming.target.number("chunk", 16u << 10);
  return reply(incoming, std::move(head), seeded(incoming.seed, n));
}

answer_ptr push_promise(const request& incoming) {
  const auto block = frames::literal(":method", "GET") + frames::literal(":scheme", "https")
                     + frames::literal(":authority", "localhost") + frames::literal(":path", "/pushed");
  return raw_then_ok(incoming, frames::push_promise(incoming.stream_id, 2, block));
}

answer_ptr data_on_idle(const request& incoming) {
  return raw_then_ok(incoming, frames::data(incoming.stream_id + 1000, "nobody asked"));
}

answer_ptr data_after_end(const request& incoming) {
  auto result = begin_content(incoming, by_length(ok_body.size()));
  result->content(std::string(ok_body)).complete();
  result->raw(repeated(frames::data(incoming.stream_id, "too late"), count(incoming, 1)));
  return result;
}

answer_ptr wrong_frame_size(const request& incoming) {
  const auto kind = incoming.target.text("frame", "ping");
  const auto id = incoming.stream_id;
  if (kind == "ping")
    return raw_then_ok(incoming, frames::frame(type::ping, 0, 0, "7 bytes"));
  if (kind == "settings")
    return raw_then_ok(incoming, frames::frame(type::settings, 0, 0, "5 byt"));
  if (kind == "settings-ack")
    return raw_then_ok(incoming, frames::frame(type::settings, frames::ack, 0, "6 byte"));
  if (kind == "window-update")
    return raw_then_ok(incoming, frames::frame(type::window_update, 0, 0, "3 b"));
  if (kind == "rst-stream")
    return raw_then_ok(incoming, frames::frame(type::rst_stream, 0, id, "3 b"));
  if (kind == "goaway")
    return raw_then_ok(incoming, frames::frame(type::goaway, 0, 0, "7 bytes"));
  if (kind == "priority")
    return raw_then_ok(incoming, frames::frame(type::priority, 0, id, "4 by"));
  if (kind != "data")
    return reply_text(incoming, 400,
                      "frame is ping, settings, settings-ack, window-update, rst-stream, goaway, priority or data\n");
  auto result = begin_content(incoming, by_chunks);
  result->raw(frames::data(id, std::string(small(incoming, "bytes", 16385) & 0xffffff, 'd')));
  return result;
}

answer_ptr unknown_frames(const request& incoming) {
  constexpr auto unknown = static_cast<type>(0xfa);
  const auto one = frames::frame(unknown, 0xff, 0, "what is this?") + frames::frame(unknown, 0, incoming.stream_id, {})
                   + frames::frame(unknown, 0x01, 0x80000000u | (incoming.stream_id + 100), std::string(1000, 'u'));
  return raw_then_ok(incoming, repeated(one, count(incoming, 1)));
}

/// An upload during which windows turn negative (RFC 9113 §6.9.2) and come back.
answer_ptr settings_shrink(const request& incoming) {
  const auto low = small(incoming, "to", 0),
             high = small(incoming, "back", incoming.shared.settings.http2.initial_window_size);
  return upload(incoming, {[low](connection_actions& on) { on.change_setting(initial_window_size, low); },
                           [high](connection_actions& on) { on.change_setting(initial_window_size, high); }});
}

answer_ptr goaway(const request& incoming) {
  interrupted body(incoming);
  const auto last = small(incoming, "last", incoming.stream_id), code = small(incoming, "error", 0);
  body.result->act([=](connection_actions& on) { on.go_away(last, code); });
  auto result = std::move(body).rest();
  if (incoming.target.flag("close"))
    result->ending(then::close);
  return result;
}

answer_ptr stall_connection(const request& incoming) {
  interrupted body(incoming);
  body.result->act([time = frozen_time(incoming)](connection_actions& on) { on.freeze(time); });
  body.result->incomplete().ending(then::stall);
  return std::move(body.result);
}

answer_ptr no_settings(const request& incoming) {
  return act_then_ok(incoming, [](connection_actions& on) { on.withhold_settings(); });
}

constexpr fault_entry table[] = {
    {"continuation-flood", continuation_flood},
    {"hpack-bomb", hpack_bomb},
    {"bad-hpack", bad_hpack},
    {"settings-flood", settings_flood},
    {"ping-flood", ping_flood},
    {"rst-flood", rst_flood},
    {"window-update-flood", window_update_flood},
    {"window-overflow", window_overflow},
    {"empty-data-flood",
     [](const request& incoming) { return empty_data_flood(incoming, frames::data(incoming.stream_id, {})); }},
    {"one-byte-data", one_byte_data},
    {"padded", padded},
    {"push-promise", push_promise},
    {"data-on-idle", data_on_idle},
    {"data-after-end", data_after_end},
    {"wrong-frame-size", wrong_frame_size},
    {"headers-after-body",
     [](const request& incoming) {
       return headers_after_body(incoming,
                                 frames::headers(incoming.stream_id, frames::literal("x-trailer", "without an end")));
     }},
    {"unknown-frames", unknown_frames},
    {"settings-shrink", settings_shrink},
    {"goaway", goaway},
    {"goaway-graceful", goaway_graceful},
    {"stall-connection", stall_connection},
    {"refused", [](const request& incoming) { return refused(incoming, refused_stream); }},
    {"421", misdirected},
    {"no-settings", no_settings}};

} // namespace

answer_ptr http2_fault(const request& incoming, std::string_view name) {
  const auto make = find_fault(table, name);
  if (make == nullptr)
    return nullptr;
  return incoming.http2() ? make(incoming) : reply_text(incoming, 400, "this route is for HTTP/2\n");
}

} // namespace sluice::origin
