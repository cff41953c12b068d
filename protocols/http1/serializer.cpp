#include <sluice/protocols/http1/serializer.hpp>
#include <sluice/protocols/http1/syntax.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <charconv>

namespace sluice::http1 {

namespace {

using kind = body_framing::kind;

failure invalid(std::string detail) { return {errc::invalid_request, caused_by::local, std::move(detail)}; }

failure append_line(std::string& out, const http::field& line) {
  if (!http::is_token(line.name))
    return invalid("the field name " + quoted(line.name) + " is not a token: letters, digits and !#$%&'*+-.^_`|~ only");
  if (!http::is_field_value(line.value))
    return invalid("the value of the field " + line.name
                   + " holds a control character (a line break, for example), which could split the message");
  out.append(line.name).append(": ").append(line.value).append("\r\n");
  return {};
}

/// Checks that a framing field of the caller agrees with `framing`. append() writes the field itself.
failure check_framing_field(const http::field& line, body_framing framing) {
  const bool length = http::equals_ignoring_case(line.name, "content-length");
  const bool agrees = length ? framing.how == kind::length && line.value == std::to_string(framing.length)
                             : framing.how == kind::chunked && http::equals_ignoring_case(line.value, "chunked");
  if (agrees)
    return {};
  return invalid((length ? "Content-Length " : "Transfer-Encoding ") + quoted(line.value)
                 + " was given by hand and contradicts the body's own framing; leave the field out");
}

/// Appends field lines, framing fields and the empty line. Fields named `omitted` are skipped.
failure append(std::string& out, const http::fields& fields, body_framing framing, std::string_view omitted) {
  for (const auto& line : fields) {
    if (http::equals_ignoring_case(line.name, omitted))
      continue;
    const bool is_framing = http::equals_ignoring_case(line.name, "content-length")
                            || http::equals_ignoring_case(line.name, "transfer-encoding");
    if (auto problem = is_framing ? check_framing_field(line, framing) : append_line(out, line))
      return problem;
  }
  if (framing.how == kind::length)
    out.append("Content-Length: ").append(std::to_string(framing.length)).append("\r\n");
  else if (framing.how == kind::chunked)
    out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
  return {};
}

/// The value of the Host field of a request: from a Host field of the caller, else the authority.
result_or_failure<std::string_view> host_of(const http::request_head& head) {
  std::string_view host = head.authority;
  std::size_t count = 0;
  for (const auto& line : head.fields)
    if (http::equals_ignoring_case(line.name, "host")) {
      host = line.value;
      ++count;
    }
  if (count > 1)
    return invalid("more than one Host field was given; there must be exactly one");
  if (!uri::canonical_authority(host)) // checked only; sent as given
    return invalid("the host " + quoted(host) + " is not host[:port]");
  return host;
}

/// Why the recipient would parse a message with this framing differently (RFC 9112 section 6); null if it would not.
const char* problem_of(const http::response_head& head, body_framing framing) {
  const bool has_framing_field = framing.how == kind::length || framing.how == kind::chunked;
  if (framing.how == kind::chunked && head.version == http::version::http1_0)
    return "HTTP/1.0 has no chunked bodies; use a length or the end of the connection";
  if ((head.status < 200 || head.status == 204) && (has_framing_field || framing.how == kind::until_close))
    return "a 1xx or 204 response must have neither body nor framing fields (RFC 9110 section 8.6)";
  return nullptr;
}

} // namespace

result_or_failure<std::string> serialize(const http::request_head& head, body_framing framing) {
  if (!http::is_token(head.method))
    return invalid("the method " + quoted(head.method) + " is not a token");
  if (!is_target(head.target))
    return invalid("the request target " + quoted(head.target)
                   + " is empty or holds a space, control or non-ASCII character; percent-encode it");
  if (framing.how == kind::until_close)
    return invalid("the end of the connection cannot delimit a request's body; use a length or chunks");
  if (framing.how == kind::none && (head.method == "POST" || head.method == "PUT" || head.method == "PATCH"))
    framing = {kind::length, 0};
  const auto host = host_of(head);
  if (!host)
    return host.error();
  std::string out;
  out.reserve(512);
  out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\nHost: ").append(*host).append("\r\n");
  if (auto problem = append(out, head.fields, framing, "host"))
    return problem;
  return out;
}

result_or_failure<std::string> serialize(const http::response_head& head, body_framing framing) {
  if (head.version != http::version::http1_0 && head.version != http::version::http1_1)
    return invalid("a response head for HTTP/1 must be of version 1.0 or 1.1");
  if (head.status < 100 || head.status > 599)
    return invalid("the status " + std::to_string(head.status) + " is not from 100 to 599");
  if (!http::is_field_value(head.reason))
    return invalid("the reason phrase holds a control character, which could split the message");
  if (const auto* problem = problem_of(head, framing))
    return invalid(problem);
  std::string out = http::to_string(head.version);
  out.reserve(512);
  out.append(" ").append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
  if (auto problem = append(out, head.fields, framing, {}))
    return problem;
  return out;
}

std::string chunk_prefix(std::size_t n) {
  char line[20];
  auto* end = std::to_chars(line, line + 18, n, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {line, end};
}

result_or_failure<std::string> last_chunk(const http::fields& trailers) {
  std::string out = "0\r\n";
  for (const auto& line : trailers) {
    if (is_forbidden_in_trailers(line.name))
      return invalid("the field " + line.name + " must not be a trailer (RFC 9110 section 6.5.1); send it in the head");
    if (auto problem = append_line(out, line))
      return problem;
  }
  return out + "\r\n";
}

} // namespace sluice::http1
