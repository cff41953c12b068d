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

std::uint64_t count(const request& x, std::uint64_t otherwise = flood_frames) {
  return x.target.number("n", otherwise);
}
std::uint32_t small(const request& x, std::string_view name, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(x.target.number(name, otherwise), UINT32_MAX));
}
/// ?stream=1: on the request's stream, else on the connection.
std::uint32_t where(const request& x) { return x.target.flag("stream") ? x.stream_id : 0; }

/// Raw bytes are the whole answer.
script_ptr only_raw(std::string raw) {
  auto result = std::make_unique<script>();
  result->raw(std::move(raw)).incomplete();
  return result;
}

answer_ptr continuation_flood(const request& x) {
  const auto size = std::clamp<std::uint64_t>(x.target.number("bytes", 1024), 16, 16000);
  const auto line = x.target.flag("empty") ? std::string() : frames::literal("x-filler", std::string(size - 16, 'a'));
  auto result = only_raw(frames::headers(x.stream_id, frames::block({}), 0));
  result->raw(repeated(frames::continuation(x.stream_id, line, 0), count(x)));
  result->raw(frames::continuation(x.stream_id, {}) + frames::data(x.stream_id, ok_body, frames::end_stream));
  return result;
}

/// One line in the client's table, named n times. The connection's tables do not agree afterwards.
answer_ptr hpack_bomb(const request& x) {
  constexpr std::uint32_t newest = 62;
  auto block = frames::block({}) + frames::indexing_literal("x-bomb", std::string(4000, 'b'));
  for (auto n = std::min<std::uint64_t>(count(x, 12000), 12000); n != 0; --n)
    block += frames::indexed(newest);
  return only_raw(frames::headers(x.stream_id, block) + frames::data(x.stream_id, ok_body, frames::end_stream));
}

answer_ptr bad_hpack(const request& x) {
  const auto kind = x.target.text("kind", "index");
  const std::string block = kind == "zero"        ? frames::indexed(0)
                            : kind == "truncated" ? "\x40\x0a"
                                                  : frames::indexed(9999);
  return only_raw(frames::headers(x.stream_id, block));
}

/// Through the library, which has to know what the client acknowledges, and searches all that is not: hence fewer.
answer_ptr settings_flood(const request& x) {
  const auto value = x.shared.settings.http2.max_concurrent_streams;
  return act_then_ok(
      x, [value](connection_actions& on) { on.change_setting(max_concurrent_streams, value); },
      std::min(count(x, settings_flood_max), settings_flood_max));
}

answer_ptr ping_flood(const request& x) {
  return raw_then_ok(x, repeated(frames::frame(type::ping, 0, 0, "flooding"), count(x)));
}

answer_ptr rst_flood(const request& x) {
  const auto code = small(x, "code", refused_stream);
  auto result = reset_at_once(code);
  result->raw(repeated(frames::rst_stream(x.stream_id, code), count(x)));
  return result;
}

answer_ptr window_update_flood(const request& x) {
  return raw_then_ok(x, repeated(frames::window_update(where(x), small(x, "increment", 1)), count(x)));
}

answer_ptr window_overflow(const request& x) { return raw_then_ok(x, frames::window_update(where(x), window_max)); }

answer_ptr padded(const request& x) {
  const auto n = x.target.number("bytes", 1u << 20);
  auto head = content_head(x, by_length(n));
  head.padding = static_cast<std::uint8_t>(std::min<std::uint64_t>(x.target.number("padding", 255), 255));
  head.chunk = x.target.number("chunk", 16u << 10);
  return reply(x, std::move(head), seeded(x.seed, n));
}

answer_ptr push_promise(const request& x) {
  const auto block = frames::literal(":method", "GET") + frames::literal(":scheme", "https")
                     + frames::literal(":authority", "localhost") + frames::literal(":path", "/pushed");
  return raw_then_ok(x, frames::push_promise(x.stream_id, 2, block));
}

answer_ptr data_on_idle(const request& x) { return raw_then_ok(x, frames::data(x.stream_id + 1000, "nobody asked")); }

answer_ptr data_after_end(const request& x) {
  auto result = begin_content(x, by_length(ok_body.size()));
  result->content(std::string(ok_body)).complete();
  result->raw(repeated(frames::data(x.stream_id, "too late"), count(x, 1)));
  return result;
}

answer_ptr wrong_frame_size(const request& x) {
  const auto kind = x.target.text("frame", "ping");
  const auto id = x.stream_id;
  if (kind == "ping")
    return raw_then_ok(x, frames::frame(type::ping, 0, 0, "7 bytes"));
  if (kind == "settings")
    return raw_then_ok(x, frames::frame(type::settings, 0, 0, "5 byt"));
  if (kind == "settings-ack")
    return raw_then_ok(x, frames::frame(type::settings, frames::ack, 0, "6 byte"));
  if (kind == "window-update")
    return raw_then_ok(x, frames::frame(type::window_update, 0, 0, "3 b"));
  if (kind == "rst-stream")
    return raw_then_ok(x, frames::frame(type::rst_stream, 0, id, "3 b"));
  if (kind == "goaway")
    return raw_then_ok(x, frames::frame(type::goaway, 0, 0, "7 bytes"));
  if (kind == "priority")
    return raw_then_ok(x, frames::frame(type::priority, 0, id, "4 by"));
  if (kind != "data")
    return reply_text(x, 400,
                      "frame is ping, settings, settings-ack, window-update, rst-stream, goaway, priority or data\n");
  auto result = begin_content(x, by_chunks);
  result->raw(frames::data(id, std::string(small(x, "bytes", 16385) & 0xffffff, 'd')));
  return result;
}

answer_ptr unknown_frames(const request& x) {
  constexpr auto unknown = static_cast<type>(0xfa);
  const auto one = frames::frame(unknown, 0xff, 0, "what is this?") + frames::frame(unknown, 0, x.stream_id, {})
                   + frames::frame(unknown, 0x01, 0x80000000u | (x.stream_id + 100), std::string(1000, 'u'));
  return raw_then_ok(x, repeated(one, count(x, 1)));
}

/// An upload during which windows turn negative (RFC 9113 §6.9.2) and come back.
answer_ptr settings_shrink(const request& x) {
  const auto low = small(x, "to", 0), high = small(x, "back", x.shared.settings.http2.initial_window_size);
  return upload(x, {[low](connection_actions& on) { on.change_setting(initial_window_size, low); },
                    [high](connection_actions& on) { on.change_setting(initial_window_size, high); }});
}

answer_ptr goaway(const request& x) {
  interrupted body(x);
  const auto last = small(x, "last", x.stream_id), code = small(x, "error", 0);
  body.result->act([=](connection_actions& on) { on.go_away(last, code); });
  auto result = std::move(body).rest();
  if (x.target.flag("close"))
    result->ending(then::close);
  return result;
}

answer_ptr stall_connection(const request& x) {
  interrupted body(x);
  body.result->act([time = frozen_time(x)](connection_actions& on) { on.freeze(time); });
  body.result->incomplete().ending(then::stall);
  return std::move(body.result);
}

answer_ptr no_settings(const request& x) {
  return act_then_ok(x, [](connection_actions& on) { on.withhold_settings(); });
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
    {"empty-data-flood", [](const request& x) { return empty_data_flood(x, frames::data(x.stream_id, {})); }},
    {"one-byte-data", one_byte_data},
    {"padded", padded},
    {"push-promise", push_promise},
    {"data-on-idle", data_on_idle},
    {"data-after-end", data_after_end},
    {"wrong-frame-size", wrong_frame_size},
    {"headers-after-body",
     [](const request& x) {
       return headers_after_body(x, frames::headers(x.stream_id, frames::literal("x-trailer", "without an end")));
     }},
    {"unknown-frames", unknown_frames},
    {"settings-shrink", settings_shrink},
    {"goaway", goaway},
    {"goaway-graceful", goaway_graceful},
    {"stall-connection", stall_connection},
    {"refused", [](const request& x) { return refused(x, refused_stream); }},
    {"421", misdirected},
    {"no-settings", no_settings}};

} // namespace

answer_ptr http2_fault(const request& x, std::string_view name) {
  const auto make = find_fault(table, name);
  if (make == nullptr)
    return nullptr;
  return x.http2() ? make(x) : reply_text(x, 400, "this route is for HTTP/2\n");
}

} // namespace sluice::origin
