#include <sluice/protocols/http1/serializer.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::http1 {

namespace {

failure invalid(std::string detail) { return {errc::invalid_request, caused_by::local, std::move(detail)}; }

/// Appends the field lines; the framing is ours, so a caller's framing fields may only agree with it.
failure append(std::string& out, const http::fields& fields, body_framing framing, bool is_request) {
  for (const auto& x : fields) {
    if (!http::is_token(x.name))
      return invalid("the field name '" + x.name.substr(0, 60) + "' is not a token: letters, digits and !#$%&'*+-.^_`|~ only");
    if (!http::is_field_value(x.value))
      return invalid("the value of the field " + x.name + " holds a control character (a line break, for example), which could split the message");
    if (http::equals_ignoring_case(x.name, "content-length")) {
      if (framing.how != body_framing::kind::length || x.value != std::to_string(framing.length))
        return invalid("Content-Length '" + x.value.substr(0, 30) + "' was given by hand and differs from the body's own length; leave the field out");
      continue;
    }
    if (http::equals_ignoring_case(x.name, "transfer-encoding")) {
      if (framing.how != body_framing::kind::chunked || !http::equals_ignoring_case(x.value, "chunked"))
        return invalid("Transfer-Encoding was given by hand and contradicts the body's framing; leave the field out");
      continue;
    }
    if (is_request && http::equals_ignoring_case(x.name, "host"))
      continue; // written already, from the authority
    out.append(x.name).append(": ").append(x.value).append("\r\n");
  }
  if (framing.how == body_framing::kind::length)
    out.append("Content-Length: ").append(std::to_string(framing.length)).append("\r\n");
  else if (framing.how == body_framing::kind::chunked)
    out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
  return {};
}

} // namespace

result_or_failure<std::string> serialize(const http::request_head& head, body_framing framing) {
  if (!http::is_token(head.method))
    return invalid("the method '" + head.method.substr(0, 40) + "' is not a token");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (head.target.empty() || !std::all_of(head.target.begin(), head.target.end(), visible))
    return invalid("the request target holds a space, control or non-ASCII character; percent-encode it");
  // A Host given by hand overrides the authority, once (as for tests of virtual hosts).
  std::string_view host = head.authority;
  std::size_t hosts = 0;
  for (const auto& x : head.fields)
    if (http::equals_ignoring_case(x.name, "host")) {
      host = x.value;
      ++hosts;
    }
  if (hosts > 1 || !std::all_of(host.begin(), host.end(), visible))
    return invalid("there must be exactly one valid Host field");
  std::string out;
  out.reserve(256);
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  if (auto problem = append(out, head.fields, framing, true))
    return problem;
  return out;
}

result_or_failure<std::string> serialize(const http::response_head& head, body_framing framing) {
  if (head.status < 100 || head.status > 599 || !http::is_field_value(head.reason))
    return invalid("the status must be from 100 to 599 and the reason free of control characters");
  std::string out = http::to_string(head.version);
  out.reserve(256);
  out.append(" ").append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
  if (auto problem = append(out, head.fields, framing, false))
    return problem;
  return out;
}

std::string chunk_prefix(std::size_t n) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, n, 16).ptr;
  return std::string{digits, end} + "\r\n";
}

result_or_failure<std::string> last_chunk(const http::fields& trailers) {
  std::string out = "0\r\n";
  if (auto problem = append(out, trailers, body_framing{}, false))
    return problem;
  return out;
}

} // namespace sluice::http1
