#include "routes.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

namespace {

using std::chrono::milliseconds;
using script_ptr = std::unique_ptr<script>;

http1::body_framing by_length(std::uint64_t n) { return {framing_kind::length, n}; }
constexpr http1::body_framing by_chunks{framing_kind::chunked, 0};
constexpr std::string_view ok_body = "ok\n";

std::string good_head(const request& x, http1::body_framing framing) {
  return head_text(x, 200, {{"Content-Type", "application/octet-stream"}, {"Content-Seed", std::to_string(x.seed)}}, framing);
}
script_ptr begin(const request& x, http1::body_framing framing) {
  auto result = std::make_unique<script>();
  result->add(good_head(x, framing));
  return result;
}
script_ptr begin_raw(std::string head) {
  auto result = std::make_unique<script>();
  result->add(std::move(head));
  return result;
}
then cut_of(const request& x) { return x.target.text("tls") == "abrupt" ? then::cut : then::close; }

/// A head that promises ?bytes= and ?after= of them; by default half.
script_ptr promise(const request& x) {
  const auto size = x.target.number("bytes", 1u << 20);
  const auto after = std::min(x.target.number("after", size / 2), size);
  auto result = begin(x, by_length(size));
  result->add(seeded(x.seed, after));
  return result;
}

answer_ptr cut(const request& x) {
  auto result = promise(x);
  result->ending(cut_of(x));
  return result;
}
answer_ptr reset(const request& x) {
  auto result = promise(x);
  result->ending(then::reset);
  return result;
}
answer_ptr stall(const request& x) {
  auto result = promise(x);
  result->ending(then::stall);
  return result;
}

answer_ptr cut_chunked(const request& x) {
  auto result = begin(x, by_chunks);
  result->add(chunked(seeded(x.seed, x.target.number("after", 64u << 10)), x.target.number("chunk", 16u << 10), false));
  result->ending(cut_of(x));
  return result;
}

answer_ptr garbage(const request& x) {
  auto result = begin_raw("This is not HTTP, whatever the client had hoped for.\r\n\r\n");
  result->add(seeded(x.seed, x.target.number("bytes", 1024)));
  result->ending(then::close);
  return result;
}

answer_ptr garbage_chunk(const request& x) {
  auto result = begin(x, by_chunks);
  result->add(chunked(seeded(x.seed, x.target.number("after", 1024)), 1024, false));
  result->add("zz; this is no chunk size\r\nabc\r\n0\r\n\r\n");
  result->ending(then::close);
  return result;
}

answer_ptr slow_header(const request& x) {
  auto result = std::make_unique<script>();
  result->add(paced(text(good_head(x, by_length(ok_body.size()))), 1, milliseconds{x.target.number("interval_ms", 20)}));
  result->add(text(std::string(ok_body), true));
  result->ending(x.keep_alive ? then::keep : then::close);
  return result;
}

answer_ptr close_idle(const request& x) {
  auto result = begin(x, by_length(ok_body.size()));
  result->add(text(std::string(ok_body), true));
  result->wait(milliseconds{x.target.number("after_ms", 0)}).ending(cut_of(x));
  return result;
}

answer_ptr close_while_paused(const request& x) {
  const auto size = x.target.number("bytes", 1u << 20);
  auto result = begin(x, by_length(size));
  result->add(seeded(x.seed, size));
  result->drop_when_blocked().ending(then::close);
  return result;
}

answer_ptr smuggle(const request&) {
  auto result = begin_raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled");
  result->ending(then::close);
  return result;
}

answer_ptr endless_header(const request&) {
  auto result = begin_raw("HTTP/1.1 200 OK\r\n");
  result->add(repeated("X-Filler: " + std::string(100, 'a') + "\r\n"));
  result->ending(then::close);
  return result;
}

answer_ptr many_interim(const request& x) {
  auto result = std::make_unique<script>();
  result->add(repeated("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", x.target.number("n", 1000)));
  result->add(good_head(x, by_length(ok_body.size())));
  result->add(text(std::string(ok_body), true));
  result->ending(x.keep_alive ? then::keep : then::close);
  return result;
}

answer_ptr extra_bytes(const request& x) {
  auto result = begin(x, by_length(ok_body.size()));
  result->add(text(std::string(ok_body), true));
  result->add("bytes that nobody asked for");
  result->ending(x.keep_alive ? then::keep : then::close);
  return result;
}

struct entry {
  std::string_view name;
  answer_ptr (*make)(const request&);
};

constexpr std::array<entry, 13> table{{{"cut", cut},
                                       {"cut-chunked", cut_chunked},
                                       {"reset", reset},
                                       {"stall", stall},
                                       {"garbage", garbage},
                                       {"garbage-chunk", garbage_chunk},
                                       {"slow-header", slow_header},
                                       {"close-idle", close_idle},
                                       {"close-while-paused", close_while_paused},
                                       {"smuggle", smuggle},
                                       {"endless-header", endless_header},
                                       {"many-interim", many_interim},
                                       {"extra-bytes", extra_bytes}}};

} // namespace

answer_ptr fault(const request& x, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const entry& e) { return e.name == name; });
  return found == table.end() ? nullptr : found->make(x);
}

} // namespace sluice::origin
