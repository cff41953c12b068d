#include "routes.hpp"

#include "request_log.hpp"

#include <algorithm>
#include <array>

namespace sluice::origin {

namespace {

using std::chrono::milliseconds;
constexpr http1::body_framing by_close{framing_kind::until_close, 0};

/// ?chunk=: the most content in one chunk or DATA frame.
outgoing_head chunked_head(const request& incoming, http::fields fields, std::uint64_t otherwise = 16u << 10) {
  auto result = head_for(incoming, 200, std::move(fields), by_chunks);
  result.chunk = incoming.target.number("chunk", otherwise);
  return result;
}

answer_ptr bytes(const request& incoming, std::uint64_t n) {
  auto content = seeded(incoming.seed, n);
  if (incoming.target.has("rate"))
    content = rated(std::move(content), incoming.target.number("rate", 1));
  return reply(incoming, head_for(incoming, 200, content_fields(incoming), by_length(n)), std::move(content));
}

answer_ptr chunks(const request& incoming, std::uint64_t n) {
  const bool with_hash = incoming.target.flag("trailers");
  auto fields = content_fields(incoming);
  if (with_hash)
    fields.add("Trailer", "Content-Hash");
  auto result = reply(incoming, chunked_head(incoming, std::move(fields)), seeded(incoming.seed, n));
  if (with_hash)
    result->hash_in_trailer();
  return result;
}

answer_ptr until_close(const request& incoming, std::uint64_t n) {
  auto result = reply(incoming, head_for(incoming, 200, content_fields(incoming), by_close), seeded(incoming.seed, n));
  if (!incoming.multiplexed())
    result->ending(incoming.target.text("tls") == "abrupt" ? then::cut : then::close);
  return result;
}

answer_ptr gzip(const request& incoming, std::uint64_t n) {
  const auto encoding = incoming.target.text("encoding", "gzip");
  const auto members = std::max<std::uint64_t>(incoming.target.number("members", 1), 1);
  auto content = incoming.target.flag("zeros") ? zeros(n) : seeded(incoming.seed, n);
  const auto member_bytes = members == 1 ? endless : n / members + (n % members != 0 ? 1 : 0);
  std::string field = encoding;
  if (encoding == "gzip")
    content = compressed(std::move(content), compression::gzip, member_bytes);
  else if (encoding == "deflate")
    content = compressed(std::move(content), compression::zlib);
  else if (encoding == "raw-deflate") {
    content = compressed(std::move(content), compression::raw_deflate);
    field = "deflate";
  } else if (encoding == "gzip,gzip") {
    content = compressed(std::move(content), compression::gzip, member_bytes);
    content = compressed(std::move(content), compression::gzip);
    field = "gzip, gzip";
  } else if (encoding == "br") {
    content = compressed(std::move(content), compression::brotli);
  } else if (encoding == "zstd") {
    content = compressed(std::move(content), compression::zstd, member_bytes);
  } else {
    return reply_text(incoming, 400, "encoding is gzip, deflate, raw-deflate, gzip,gzip, br or zstd\n");
  }
  auto fields = content_fields(incoming);
  fields.add("Content-Encoding", field);
  return reply(incoming, chunked_head(incoming, std::move(fields)), std::move(content));
}

answer_ptr drip(const request& incoming, std::uint64_t) {
  const milliseconds interval{incoming.target.number("interval_ms", 10)};
  auto content = paced(seeded(incoming.seed, incoming.target.number("bytes", 1024)),
                       incoming.target.number("chunk", 16), interval);
  auto fields = content_fields(incoming, "text/event-stream");
  fields.add("Cache-Control", "no-store");
  return reply(incoming, chunked_head(incoming, std::move(fields), 16), std::move(content));
}

answer_ptr firehose(const request& incoming, std::uint64_t) {
  return reply(incoming, chunked_head(incoming, content_fields(incoming), 64u << 10), seeded(incoming.seed, endless));
}

answer_ptr status(const request& incoming, std::uint64_t n) {
  if (n < 200 || n > 599)
    return reply_text(incoming, 400, "a final status is from 200 to 599; for 1xx see /interim\n");
  return reply_text(incoming, static_cast<std::uint16_t>(n), "status " + std::to_string(n) + "\n");
}

answer_ptr redirect(const request& incoming, std::uint64_t) {
  const auto code = incoming.target.number("status", 302);
  const auto size = incoming.target.number("bytes", 0);
  const auto hops = incoming.target.number("n", 1);
  if (code < 300 || code > 399)
    return reply_text(incoming, 400, "a redirect's status is from 300 to 399\n");
  auto to = incoming.target.text("to", "/status/200");
  if (hops > 1)
    to = "/redirect?n=" + std::to_string(hops - 1) + "&status=" + std::to_string(code)
         + "&bytes=" + std::to_string(size) + "&to=" + to;
  auto fields = content_fields(incoming);
  fields.add("Location", to);
  return reply(incoming, head_for(incoming, static_cast<std::uint16_t>(code), std::move(fields), by_length(size)),
               seeded(incoming.seed, size));
}

/// For clients that try again: the first ?times= requests with the same ?id= are refused.
answer_ptr flaky(const request& incoming, std::uint64_t) {
  const auto code = incoming.target.number("status", 503);
  const auto refused = incoming.target.number("times", 1);
  if (code < 400 || code > 599)
    return reply_text(incoming, 400, "a refusal's status is from 400 to 599\n");
  if (incoming.shared.streams.count_visit(incoming.target.text("id")) > refused)
    return reply_ok(incoming);
  http::fields fields;
  if (incoming.target.has("retry_after"))
    fields.add("Retry-After", incoming.target.text("retry_after"));
  return reply_text(incoming, static_cast<std::uint16_t>(code), "not yet\n", std::move(fields));
}

answer_ptr headers(const request& incoming, std::uint64_t) {
  return reply_text(incoming, 200, "{" + head_json(incoming.begun) + "}\n", {{"Content-Type", "application/json"}});
}

answer_ptr interim(const request& incoming, std::uint64_t) {
  const auto code = incoming.target.number("code", 103);
  if (code < 100 || code > 199 || code == 101)
    return reply_text(incoming, 400, "an interim status is from 100 to 199 and not 101\n");
  auto result = std::make_unique<script>();
  result->head({.status = static_cast<std::uint16_t>(code), .fields = {{"Link", "</style.css>; rel=preload"}}},
               incoming.target.number("n", 1));
  auto head = head_for(incoming, 200, {{"Content-Type", "text/plain"}}, by_length(ok_body.size()));
  const bool has_content = head.has_content;
  result->head(std::move(head));
  if (has_content)
    result->content(std::string(ok_body));
  result->ending(incoming.keep_alive ? then::keep : then::close);
  return result;
}

/// Over HTTP/2 the stream alone ends early: RST_STREAM with NO_ERROR (RFC 9113 §8.1), or the connection if ?abrupt.
/// Over HTTP/3 the request alone is stopped, with H3_NO_ERROR (RFC 9114 §4.1).
answer_ptr early(const request& incoming, std::uint64_t) {
  const auto code = std::clamp<std::uint64_t>(incoming.target.number("status", 413), 200, 599);
  const std::string body = "no need to send more\n";
  auto head =
      head_for(incoming, static_cast<std::uint16_t>(code), {{"Content-Type", "text/plain"}}, by_length(body.size()));
  head.closes = true;
  auto result = std::make_unique<script>();
  result->head(std::move(head)).content(body).complete().without_reading();
  result->wait(milliseconds{incoming.target.number("hold_ms", 500)});
  result->ending(incoming.target.flag("abrupt") ? then::drop
                 : incoming.multiplexed()       ? then::reset_stream
                                                : then::close,
                 incoming.http3() ? 0x100 : 0);
  return result;
}

answer_ptr stats(const request& incoming, std::uint64_t) {
  return reply_text(incoming, 200, to_json(incoming.shared.snapshot()), {{"Content-Type", "application/json"}});
}

answer_ptr echo_route(const request& incoming, std::uint64_t) { return echo(incoming); }
answer_ptr upload_route(const request& incoming, std::uint64_t) { return upload(incoming); }

struct entry {
  std::string_view name;
  bool takes_number;
  answer_ptr (*make)(const request&, std::uint64_t);
  std::string_view usage;
};

constexpr std::array<entry, 19> table{{
    {"bytes", true, bytes,
     "/bytes/N?seed=S&rate=             N bytes with Content-Length, at most rate a second (suffixes k, m, g)"},
    {"file", true, file,
     "/file/N?etag=&weak=1&modified=&disposition=&no_ranges=1&cut=&id=&rate=  N bytes with an ETag and ranges; cut: "
     "ends "
     "early, with an id only the first time"},
    {"chunked", true, chunks, "/chunked/N?chunk=&trailers=1      in chunks; the trailer tells the content's hash"},
    {"close", true, until_close, "/close/N?tls=abrupt               ended by closing"},
    {"gzip", true, gzip,
     "/gzip/N?zeros=1&encoding=&members= compressed (gzip, deflate, raw-deflate, gzip,gzip, br, zstd)"},
    {"drip", false, drip, "/drip?bytes=&chunk=&interval_ms=  tiny chunks, slowly"},
    {"firehose", false, firehose, "/firehose?chunk=                  chunks without end"},
    {"status", true, status, "/status/N                         that status"},
    {"redirect", false, redirect, "/redirect?to=&bytes=&status=&n=   n redirects, with bodies"},
    {"flaky", false, flaky, "/flaky?id=&times=&status=&retry_after= refuses the first requests with that id"},
    {"echo", false, echo_route, "/echo                             the request's body"},
    {"headers", false, headers, "/headers                          the request's head as JSON"},
    {"interim", false, interim, "/interim?n=&code=103              1xx responses first"},
    {"upload", false, upload_route,
     "/upload/NAME?pause_after=&pause_ms=&continue=never  length and hash of the request's body; without a name too"},
    {"early", false, early, "/early?status=413&hold_ms=&abrupt=1 answers without reading the request's body"},
    {"stats", false, stats, "/stats                            the server's counters as JSON"},
    {"fault", false, nullptr,
     "/fault/cut?bytes=&after=&tls=abrupt  cut-chunked  reset?bytes=&after=  stall?bytes=&after=  garbage  "
     "garbage-chunk\n"
     "/fault/silent  slow-header?interval_ms=  close-idle?after_ms=  close-while-paused?bytes=  smuggle  "
     "endless-header\n"
     "/fault/many-interim?n=  extra-bytes"},
    {"h2", false, nullptr, http2_usage},
    {"h3", false, nullptr, http3_usage},
}};

std::string all_routes() {
  std::string result;
  for (const auto& e : table)
    result.append(e.usage).append("\n");
  return result;
}

answer_ptr find_and_make(const request& incoming) {
  std::string_view path = incoming.target.path();
  if (path == "/")
    return reply_text(incoming, 200, all_routes());
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const auto name = path.substr(0, path.find('/'));
  const auto rest = path.substr(std::min(name.size() + 1, path.size()));
  const auto found = std::find_if(table.begin(), table.end(), [&](const entry& e) { return e.name == name; });
  if (found == table.end())
    return not_found(incoming);
  if (found->make == nullptr) {
    auto result = name == "fault" ? fault(incoming, rest)
                  : name == "h2"  ? http2_fault(incoming, rest)
                                  : http3_fault(incoming, rest);
    return result ? std::move(result) : not_found(incoming);
  }
  const auto n = parse_count(rest);
  const bool takes_name = found->make == upload_route; // of the file that a client puts there
  if (found->takes_number ? !n : !rest.empty() && !takes_name)
    return not_found(incoming);
  return found->make(incoming, n.value_or(0));
}

} // namespace

answer_ptr not_found(const request& incoming) {
  return reply_text(incoming, 404, "no such route. There are:\n" + all_routes());
}

answer_ptr route(const http1::request_begun& begun, shared_state& shared, std::uint32_t stream_id) {
  const auto& settings = shared.settings;
  const bool multiplexed = begun.version == http::version::http2 || begun.version == http::version::http3;
  request incoming{begun,
                   query(begun.head.target),
                   settings.seed,
                   multiplexed || http1::wants_reuse(begun.head.fields, begun.version),
                   begun.head.method == "HEAD",
                   stream_id,
                   shared};
  incoming.seed = incoming.target.number("seed", settings.seed);
  if (begun.content_length.value_or(0) > settings.request_body_bytes_max) {
    incoming.keep_alive = multiplexed;
    return reply_text(incoming, 413, "the request's body is larger than this server takes\n");
  }
  auto result = find_and_make(incoming);
  if (!incoming.target.bad().empty())
    return reply_text(incoming, 400, incoming.target.bad() + " is not a number (suffixes k, m, g)\n");
  // A client that waits for 100 (Continue) may or may not send its body after another answer: only closing is safe.
  if (begun.expects_continue && !result->wants_body() && incoming.keep_alive && !multiplexed) {
    incoming.keep_alive = false;
    result = find_and_make(incoming);
  }
  return result;
}

} // namespace sluice::origin
