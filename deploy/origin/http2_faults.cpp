#include "connection_actions.hpp"
#include "http2_frames.hpp"
#include "interrupted.hpp"
#include "routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

namespace {

using frames::type;
using std::chrono::milliseconds;

// RFC 9113 §6.5.2, §7
constexpr std::uint16_t max_concurrent_streams = 3, initial_window_size = 4;
constexpr std::uint32_t refused_stream = 7;
constexpr std::uint32_t window_max = 0x7fffffff;
constexpr std::uint64_t flood = 100000, settings_flood_max = 10000; // frames, if no ?n= is given

std::uint64_t count(const request& x, std::uint64_t otherwise = flood) { return x.target.number("n", otherwise); }
std::uint32_t small(const request& x, std::string_view name, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(x.target.number(name, otherwise), UINT32_MAX));
}
/// ?stream=1: on the request's stream, else on the connection.
std::uint32_t where(const request& x) { return x.target.flag("stream") ? x.stream_id : 0; }

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
answer_ptr raw_then_ok(const request& x, std::string raw) { return raw_then_ok(x, text(std::move(raw))); }

answer_ptr continuation_flood(const request& x) {
  const auto size = std::clamp<std::uint64_t>(x.target.number("bytes", 1024), 16, 16000);
  const auto line = x.target.flag("empty") ? std::string() : frames::literal("x-filler", std::string(size - 16, 'a'));
  auto result = script_of();
  result->raw(frames::headers(x.stream_id, frames::block({}), 0));
  result->raw(repeated(frames::continuation(x.stream_id, line, 0), count(x)));
  result->raw(frames::continuation(x.stream_id, {}) + frames::data(x.stream_id, ok_body, frames::end_stream))
      .incomplete();
  return result;
}

/// One line in the client's table, named n times. The connection's tables do not agree afterwards.
answer_ptr hpack_bomb(const request& x) {
  constexpr std::uint32_t newest = 62;
  auto block = frames::block({}) + frames::indexing_literal("x-bomb", std::string(4000, 'b'));
  for (auto n = std::min<std::uint64_t>(count(x, 12000), 12000); n != 0; --n)
    block += frames::indexed(newest);
  auto result = script_of();
  result->raw(frames::headers(x.stream_id, block) + frames::data(x.stream_id, ok_body, frames::end_stream))
      .incomplete();
  return result;
}

answer_ptr bad_hpack(const request& x) {
  const auto kind = x.target.text("kind", "index");
  const std::string block = kind == "zero"        ? frames::indexed(0)
                            : kind == "truncated" ? "\x40\x0a"
                                                  : frames::indexed(9999);
  auto result = script_of();
  result->raw(frames::headers(x.stream_id, block)).incomplete();
  return result;
}

/// Through the library, which has to know what the client acknowledges, and searches all that is not: hence fewer.
answer_ptr settings_flood(const request& x) {
  const auto value = x.shared.settings.http2.max_concurrent_streams;
  auto result = script_of();
  result->act([value](connection_actions& on) { on.change_setting(max_concurrent_streams, value); },
              std::min(count(x, settings_flood_max), settings_flood_max));
  result->head(plain_head(x, ok_body.size())).content(std::string(ok_body));
  return result;
}

answer_ptr ping_flood(const request& x) {
  return raw_then_ok(x, repeated(frames::frame(type::ping, 0, 0, "flooding"), count(x)));
}

answer_ptr rst_flood(const request& x) {
  auto result = script_of();
  const auto code = small(x, "code", refused_stream);
  result->raw(repeated(frames::rst_stream(x.stream_id, code), count(x))).incomplete();
  result->ending(then::reset_stream, code);
  return result;
}

answer_ptr window_update_flood(const request& x) {
  return raw_then_ok(x, repeated(frames::window_update(where(x), small(x, "increment", 1)), count(x)));
}

answer_ptr window_overflow(const request& x) { return raw_then_ok(x, frames::window_update(where(x), window_max)); }

answer_ptr empty_data_flood(const request& x) {
  auto result = script_of();
  result->head(plain_head(x, ok_body.size())).raw(repeated(frames::data(x.stream_id, {}), count(x)));
  result->content(std::string(ok_body));
  return result;
}

answer_ptr one_byte_data(const request& x) {
  const auto n = x.target.number("bytes", 1000);
  auto head = plain_head(x, n);
  head.chunk = 1;
  return reply(x, std::move(head), seeded(x.seed, n));
}

answer_ptr padded(const request& x) {
  const auto n = x.target.number("bytes", 1u << 20);
  auto head = plain_head(x, n);
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
  auto result = script_of();
  result->head(plain_head(x, ok_body.size())).content(std::string(ok_body)).complete();
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
  auto result = script_of();
  result->head(head_for(x, 200, content_fields(x), by_chunks));
  result->raw(frames::data(id, std::string(small(x, "bytes", 16385) & 0xffffff, 'd')));
  return result;
}

answer_ptr headers_after_body(const request& x) {
  auto result = script_of();
  result->head(head_for(x, 200, content_fields(x), by_chunks)).content(seeded(x.seed, x.target.number("bytes", 1000)));
  result->raw(frames::headers(x.stream_id, frames::literal("x-trailer", "without an end")))
      .content(std::string(ok_body));
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

answer_ptr goaway_graceful(const request& x) {
  interrupted body(x);
  body.result->act([](connection_actions& on) { on.announce_going_away(); });
  body.result->wait(milliseconds{x.target.number("notice_ms", 50)});
  body.result->act([](connection_actions& on) { on.finish_going_away(); });
  return std::move(body).rest();
}

answer_ptr stall_connection(const request& x) {
  interrupted body(x);
  const milliseconds time{std::min<std::uint64_t>(x.target.number("ms", 60000), 3600000)};
  body.result->act([time](connection_actions& on) { on.freeze(time); }).incomplete().ending(then::stall);
  return std::move(body.result);
}

answer_ptr refused(const request& x) {
  if (!x.is_first_visit())
    return reply_ok(x);
  auto result = script_of();
  result->incomplete().ending(then::reset_stream, refused_stream);
  return result;
}

/// With ?id= only the first time.
answer_ptr misdirected(const request& x) {
  if (x.target.has("id") && !x.is_first_visit())
    return reply_ok(x);
  return reply_text(x, 421, "not on this connection\n");
}

answer_ptr no_settings(const request& x) {
  auto result = script_of();
  result->act([](connection_actions& on) { on.withhold_settings(); });
  result->head(plain_head(x, ok_body.size())).content(std::string(ok_body));
  return result;
}

struct entry {
  std::string_view name;
  answer_ptr (*make)(const request&);
};

constexpr std::array<entry, 24> table{{{"continuation-flood", continuation_flood},
                                       {"hpack-bomb", hpack_bomb},
                                       {"bad-hpack", bad_hpack},
                                       {"settings-flood", settings_flood},
                                       {"ping-flood", ping_flood},
                                       {"rst-flood", rst_flood},
                                       {"window-update-flood", window_update_flood},
                                       {"window-overflow", window_overflow},
                                       {"empty-data-flood", empty_data_flood},
                                       {"one-byte-data", one_byte_data},
                                       {"padded", padded},
                                       {"push-promise", push_promise},
                                       {"data-on-idle", data_on_idle},
                                       {"data-after-end", data_after_end},
                                       {"wrong-frame-size", wrong_frame_size},
                                       {"headers-after-body", headers_after_body},
                                       {"unknown-frames", unknown_frames},
                                       {"settings-shrink", settings_shrink},
                                       {"goaway", goaway},
                                       {"goaway-graceful", goaway_graceful},
                                       {"stall-connection", stall_connection},
                                       {"refused", refused},
                                       {"421", misdirected},
                                       {"no-settings", no_settings}}};

} // namespace

answer_ptr http2_fault(const request& x, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const entry& e) { return e.name == name; });
  if (found == table.end())
    return nullptr;
  return x.http2() ? found->make(x) : reply_text(x, 400, "this route is for HTTP/2\n");
}

} // namespace sluice::origin
