// From a request to what is done about it: the table of routes.
// Knows no socket.
#pragma once

#include "answer.hpp"
#include "query.hpp"
#include "server.hpp"

#include <sluice/protocols/http1/request_parser.hpp>
#include <sluice/protocols/http1/serializer.hpp>

namespace sluice::origin {

/// A request, and what answering it may need from the server.
struct request {
  const http1::request_begun& begun;
  query target;
  std::uint64_t seed;  ///< ?seed=, else the server's
  bool keep_alive;     ///< the client would like to go on with this connection
  bool is_head;
  counters figures;    ///< for /stats
};

/// The answer to a request; never null. `figures` are what /stats tells.
answer_ptr route(const http1::request_begun& begun, const config& settings, const counters& figures);
/// For bytes that are no request.
answer_ptr refuse(const failure& why);

// For the files that hold routes.
using framing_kind = http1::body_framing::kind;
/// A serialized head; Connection: close is added where the connection will not be kept.
std::string head_text(const request& x, std::uint16_t status, http::fields fields, http1::body_framing framing);
/// A whole answer, with HEAD and bodiless statuses seen to. Chunked becomes close-delimited for HTTP/1.0.
answer_ptr reply(const request& x, std::uint16_t status, http::fields fields, http1::body_framing framing, source_ptr body,
                 std::size_t chunk = 16u << 10, bool with_hash = false);
answer_ptr reply_text(const request& x, std::uint16_t status, std::string body, http::fields fields = {});
answer_ptr not_found(const request& x);
/// Routes that take the request's body: /echo, /upload.
answer_ptr echo(const request& x);
answer_ptr upload(const request& x);
/// Routes under /fault/, by the rest of the path; null for an unknown one.
answer_ptr fault(const request& x, std::string_view name);

} // namespace sluice::origin
