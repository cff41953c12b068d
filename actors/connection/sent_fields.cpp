#include <sluice/actors/connection/sent_fields.hpp>

#include <sluice/protocols/http1/serializer.hpp>
#include <sluice/protocols/http2/fields.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

http::fields lines_of(std::string_view text) {
  http::fields result;
  for (auto at = text.find("\r\n"); at != std::string_view::npos;) { // the request line is no field
    text.remove_prefix(at + 2);
    at = text.find("\r\n");
    if (const auto colon = text.substr(0, at).find(": "); colon != std::string_view::npos)
      result.add(std::string{text.substr(0, colon)}, std::string{text.substr(colon + 2, at - colon - 2)});
  }
  return result;
}

} // namespace

http::fields sent_fields(const http::request_head& head, const http::outgoing_body& body, http::version version) {
  http::fields result;
  if (version == http::version::http2 || version == http::version::http3) {
    if (auto lines = http2::request_lines(head, body))
      result.lines() = *std::move(lines);
    return result;
  }
  http1::body_framing framing; // as the engine chooses it
  if (body.present)
    framing = body.length ? http1::body_framing{http1::body_framing::kind::length, *body.length}
                          : http1::body_framing{http1::body_framing::kind::chunked, 0};
  if (const auto text = http1::serialize(head, framing))
    result = lines_of(*text);
  return result;
}

} // namespace sluice
