// From a request to what is done about it: the table of routes.
// Knows no socket.
#pragma once

#include "answer.hpp"
#include "query.hpp"
#include "shared_state.hpp"

#include <sluice/protocols/http1/request_parser.hpp>

namespace sluice::origin {

/// A request, and what answering it may need from the server.
struct request {
  const http1::request_begun& begun; ///< of any protocol version
  query target;
  std::uint64_t seed; ///< ?seed=, else the server's
  bool keep_alive;    ///< the client would like to go on with this connection
  bool is_head;
  std::uint32_t stream_id; ///< 0 where there are no streams
  shared_state& shared;    ///< for /stats, and for answers that differ the second time

  bool http2() const { return begun.version == http::version::http2; }
  bool http3() const { return begun.version == http::version::http3; }
  bool multiplexed() const { return http2() || http3(); }
  /// Nobody has asked with this ?id= before. Counts the visit.
  bool is_first_visit() const { return shared.streams.count_visit(target.text("id")) == 1; }
};

/// The answer to a request; never null.
answer_ptr route(const http1::request_begun& begun, shared_state& shared, std::uint32_t stream_id = 0);
/// For bytes that are no request.
answer_ptr refuse(const failure& why);

// For the files that hold routes.
using framing_kind = http1::body_framing::kind;
using script_ptr = std::unique_ptr<script>;
inline constexpr std::string_view ok_body = "ok\n";
inline http1::body_framing by_length(std::uint64_t n) { return {framing_kind::length, n}; }
inline constexpr http1::body_framing by_chunks{framing_kind::chunked, 0};

http::fields content_fields(const request& incoming, const char* type = "application/octet-stream");
/// The head of an answer to `incoming`, with HEAD, bodiless statuses and HTTP/1.0 seen to: framing and has_content may
/// differ.
outgoing_head head_for(const request& incoming, std::uint16_t status, http::fields fields, http1::body_framing framing);
/// A whole answer. Not yet complete: pieces may still be added.
script_ptr reply(const request& incoming, outgoing_head head, source_ptr content);
script_ptr reply_text(const request& incoming, std::uint16_t status, std::string body, http::fields fields = {});
script_ptr reply_ok(const request& incoming);
answer_ptr not_found(const request& incoming);

/// What to do to the connection before and after the pause of an upload.
struct pause_actions {
  std::function<void(connection_actions&)> before, after;
};
/// A body that can be asked for in parts and by version: ranges, If-Range, If-Modified-Since (RFC 9110 sections 13,
/// 14).
answer_ptr file(const request& incoming, std::uint64_t size);
/// Routes that take the request's body: /echo, /upload.
answer_ptr echo(const request& incoming);
answer_ptr upload(const request& incoming, pause_actions around = {});
/// Routes under /fault/, /h2/ and /h3/, by the rest of the path; null for an unknown one.
answer_ptr fault(const request& incoming, std::string_view name);
answer_ptr http2_fault(const request& incoming, std::string_view name);
answer_ptr http3_fault(const request& incoming, std::string_view name);
inline constexpr std::string_view http3_usage =
    "/h3/goaway?bytes=&after=&last=  goaway-graceful?bytes=&after=&notice_ms=  close/CODE?bytes=&after=  "
    "key-update?bytes=&after=\n"
    "/h3/freeze?bytes=&after=&ms=  stateless-reset?bytes=&after=  refused?id=  421?id=  one-byte-data?bytes=\n"
    "/h3/frame?type=&bytes=&n=  data-first  headers-after-body?bytes=  truncated-frame  "
    "bad-qpack?kind=prefix|index|dynamic\n"
    "/h3/empty-data-flood?n=  control-frame?type=&bytes=&n=  goaway-raised";
inline constexpr std::string_view http2_usage =
    "/h2/continuation-flood?n=&bytes=&empty=1  hpack-bomb?n=  bad-hpack?kind=zero|truncated  settings-flood?n=  "
    "ping-flood?n=\n"
    "/h2/rst-flood?n=  window-update-flood?n=&stream=1&increment=  window-overflow?stream=1  empty-data-flood?n=\n"
    "/h2/one-byte-data?bytes=  padded?bytes=&padding=&chunk=  push-promise  data-on-idle  data-after-end?n=\n"
    "/h2/wrong-frame-size?frame=&bytes=  headers-after-body?bytes=  unknown-frames?n=  no-settings\n"
    "/h2/settings-shrink?pause_after=&pause_ms=&to=&back=  goaway?bytes=&after=&last=&error=&close=1\n"
    "/h2/goaway-graceful?bytes=&after=&notice_ms=  stall-connection?bytes=&after=&ms=  refused?id=  421?id=";

} // namespace sluice::origin
