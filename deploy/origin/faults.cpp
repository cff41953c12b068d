#include "fault_parts.hpp"
#include "http1_writer.hpp"
#include "http2_frames.hpp"
#include "http3_frames.hpp"

namespace sluice::origin {

namespace {

using std::chrono::milliseconds;
constexpr std::uint32_t internal_error = 2;           // RFC 9113 §7
constexpr std::uint32_t http3_internal_error = 0x102; // RFC 9114 §8.1

then keep_or_close(const request& incoming) { return incoming.keep_alive ? then::keep : then::close; }
then cut_of(const request& incoming) { return incoming.target.text("tls") == "abrupt" ? then::cut : then::close; }

/// A head that promises ?bytes= and ?after= of them; by default half.
script_ptr promise(const request& incoming) {
  auto result = std::move(interrupted(incoming).result);
  result->incomplete();
  return result;
}

/// With ?stream=1 over HTTP/2 or 3 only the stream ends, as if all had been sent (RFC 9113 §8.1.1, RFC 9114 §4.1.2).
answer_ptr cut(const request& incoming) {
  auto result = promise(incoming);
  if (incoming.multiplexed() && incoming.target.flag("stream"))
    result->complete();
  else
    result->ending(cut_of(incoming));
  return result;
}
/// Over HTTP/2 or 3 RST_STREAM or RESET_STREAM with ?code=, unless ?connection=1 asks for the connection's reset: over
/// HTTP/3 a stateless one.
answer_ptr reset(const request& incoming) {
  auto result = promise(incoming);
  const auto otherwise = incoming.http3() ? http3_internal_error : internal_error;
  if (incoming.multiplexed() && !incoming.target.flag("connection"))
    result->ending(then::reset_stream, static_cast<std::uint32_t>(incoming.target.number("code", otherwise)));
  else
    result->ending(then::reset);
  return result;
}
answer_ptr stall(const request& incoming) {
  auto result = promise(incoming);
  result->ending(then::stall);
  return result;
}

answer_ptr cut_chunked(const request& incoming) {
  auto result = std::make_unique<script>();
  auto head = content_head(incoming, by_chunks);
  head.chunk = incoming.target.number("chunk", 16u << 10);
  result->head(std::move(head)).content(seeded(incoming.seed, incoming.target.number("after", 64u << 10))).incomplete();
  result->ending(cut_of(incoming));
  return result;
}

answer_ptr garbage(const request& incoming) {
  auto result = std::make_unique<script>();
  result->raw("This is not HTTP, whatever the client had hoped for.\r\n\r\n");
  result->raw(seeded(incoming.seed, incoming.target.number("bytes", 1024))).incomplete().ending(then::close);
  return result;
}

answer_ptr garbage_chunk(const request& incoming) {
  auto result = std::make_unique<script>();
  auto head = content_head(incoming, by_chunks);
  head.chunk = 1024;
  result->head(std::move(head)).content(seeded(incoming.seed, incoming.target.number("after", 1024)));
  result->raw("zz; this is no chunk size\r\nabc\r\n0\r\n\r\n").incomplete().ending(then::close);
  return result;
}

answer_ptr slow_header(const request& incoming) {
  const auto head = content_head(incoming, by_length(ok_body.size()));
  auto result = std::make_unique<script>();
  const milliseconds interval{incoming.target.number("interval_ms", 20)};
  if (incoming.http2()) {
    result->raw(
        paced(text(frames::headers(incoming.stream_id, frames::block(head), frames::end_headers)), 1, interval));
    result->raw(frames::data(incoming.stream_id, ok_body, frames::end_stream));
  } else if (incoming.http3()) {
    result->raw(paced(text(frames3::frame(frames3::headers, frames3::section(head))), 1, interval));
    result->raw(frames3::frame(frames3::data, ok_body));
  } else {
    result->raw(paced(text(http1_text(head)), 1, interval)).content(std::string(ok_body));
  }
  result->incomplete().ending(keep_or_close(incoming));
  return result;
}

/// Takes the request and never says a word.
answer_ptr silent(const request&) {
  auto result = std::make_unique<script>();
  result->incomplete().ending(then::stall);
  return result;
}

answer_ptr close_idle(const request& incoming) {
  auto result = begin_content(incoming, by_length(ok_body.size()));
  result->content(std::string(ok_body)).complete();
  result->wait(milliseconds{incoming.target.number("after_ms", 0)}).ending(cut_of(incoming));
  return result;
}

answer_ptr close_while_paused(const request& incoming) {
  const auto size = incoming.target.number("bytes", 1u << 20);
  auto result = begin_content(incoming, by_length(size));
  result->content(seeded(incoming.seed, size)).drop_when_blocked().ending(then::close);
  return result;
}

/// Over HTTP/2 and 3: a length that is wrong, and a field that must not be there (RFC 9113 §8.2.2, RFC 9114 §4.2).
answer_ptr smuggle(const request& incoming) {
  auto result = std::make_unique<script>();
  if (incoming.multiplexed()) {
    outgoing_head head{.fields = {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}};
    result->head(std::move(head)).content("5\r\nhello\r\n0\r\n\r\n");
    return result;
  }
  result->raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled");
  result->incomplete().ending(then::close);
  return result;
}

answer_ptr endless_header(const request& incoming) {
  const std::string name = "X-Filler", value(100, 'a');
  auto result = std::make_unique<script>();
  if (incoming.http2()) {
    const auto first = frames::block({});
    result->raw(frames::headers(incoming.stream_id, first, 0));
    result->raw(repeated(frames::continuation(incoming.stream_id, frames::literal("x-filler", value), 0)));
  } else if (incoming.http3()) {
    constexpr std::uint64_t announced = std::uint64_t{1} << 40;
    result->raw(frames3::head(frames3::headers, announced) + frames3::section(outgoing_head{}));
    result->raw(repeated(frames3::literal("x-filler", value)));
  } else {
    result->raw("HTTP/1.1 200 OK\r\n").raw(repeated(name + ": " + value + "\r\n"));
  }
  result->incomplete().ending(then::close);
  return result;
}

answer_ptr many_interim(const request& incoming) {
  auto result = std::make_unique<script>();
  result->head({.status = 103, .fields = {{"Link", "</style.css>; rel=preload"}}}, incoming.target.number("n", 1000));
  result->head(content_head(incoming, by_length(ok_body.size())))
      .content(std::string(ok_body))
      .ending(keep_or_close(incoming));
  return result;
}

/// Over HTTP/3, where nothing can follow a stream's end: more content than the length says.
answer_ptr extra_bytes(const request& incoming) {
  const std::string extra = "bytes that nobody asked for";
  auto result = begin_content(incoming, by_length(ok_body.size()));
  if (incoming.http3()) {
    result->content(std::string(ok_body)).raw(frames3::frame(frames3::data, extra));
    return result;
  }
  result->content(std::string(ok_body)).complete();
  result->raw(incoming.http2() ? frames::data(incoming.stream_id, extra, 0) : extra).ending(keep_or_close(incoming));
  return result;
}

constexpr fault_entry table[] = {{"cut", cut},
                                 {"cut-chunked", cut_chunked},
                                 {"reset", reset},
                                 {"stall", stall},
                                 {"garbage", garbage},
                                 {"garbage-chunk", garbage_chunk},
                                 {"slow-header", slow_header},
                                 {"silent", silent},
                                 {"close-idle", close_idle},
                                 {"close-while-paused", close_while_paused},
                                 {"smuggle", smuggle},
                                 {"endless-header", endless_header},
                                 {"many-interim", many_interim},
                                 {"extra-bytes", extra_bytes}};

} // namespace

answer_ptr fault(const request& incoming, std::string_view name) {
  const auto make = find_fault(table, name);
  return make != nullptr ? make(incoming) : nullptr;
}

} // namespace sluice::origin
