#include <sluice/protocols/http1/request_parser.hpp>
#include <sluice/protocols/http1/syntax.hpp>
#include <sluice/protocols/uri/host.hpp>

#include <algorithm>
#include <utility>

namespace sluice::http1 {

bool request_parser::parse_request_line(std::string_view line) {
  auto bad = [&](const char* why) {
    reader_.fail(errc::malformed_status_line, "the request line " + quoted(line) + why);
    return false;
  };
  // request-line = method SP request-target SP HTTP-version (RFC 9112 section 3)
  const auto first = std::min(line.find(' '), line.size()), second = std::min(line.find(' ', first + 1), line.size());
  if (second == line.size() || line.find(' ', second + 1) != std::string_view::npos)
    return bad(" is not a method, a target and a version between single spaces (RFC 9112 section 3)");
  const auto method = line.substr(0, first), target = line.substr(first + 1, second - first - 1),
             version = line.substr(second + 1);
  const auto known = read_version(version);
  if (!known || version.size() != 8)
    return bad(" names a version other than HTTP/1.x");
  if (!http::is_token(method))
    return bad(" has a method that is not a token (RFC 9110 section 9.1)");
  head_ = {};
  head_.method = method;
  head_.target = target;
  version_ = *known;
  if (!is_target(target) || !resolve_target())
    return bad(" has an invalid target (RFC 9112 section 3.2)");
  return true;
}

/// Converts the four forms of a target (RFC 9112 section 3.2) into authority and origin-form.
bool request_parser::resolve_target() {
  auto& target = head_.target;
  if (head_.method == "CONNECT") {
    auto authority = uri::canonical_authority(target);
    const auto port = target.rfind(':');
    if (!authority || port == std::string::npos || port + 1 == target.size() || target.back() == ']')
      return false; // the port is required (RFC 9110 section 9.3.6)
    target = head_.authority = *std::move(authority);
    return true;
  }
  if (target.front() == '/' || (target == "*" && head_.method == "OPTIONS"))
    return true;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string::npos)
    return false;
  const std::string_view scheme = std::string_view{target}.substr(0, scheme_end);
  const bool secure = http::equals_ignoring_case(scheme, "https");
  if (!secure && !http::equals_ignoring_case(scheme, "http"))
    return false;
  auto path = std::min(target.find_first_of("/?#", scheme_end + 3), target.size());
  auto authority = uri::canonical_authority(std::string_view{target}.substr(scheme_end + 3, path - scheme_end - 3));
  if (!authority)
    return false;
  head_.authority = *std::move(authority);
  head_.scheme = secure ? "https" : "http";
  target.erase(0, path);
  if (target.empty() || target.front() != '/')
    target.insert(0, 1, '/');
  return true;
}

bool request_parser::check_host() {
  std::size_t count = 0;
  bool valid = true;
  for (const auto& line : head_.fields)
    if (http::equals_ignoring_case(line.name, "host")) {
      ++count;
      auto authority = uri::canonical_authority(line.value);
      valid = line.value.empty() || authority;
      if (head_.authority.empty() && authority)
        head_.authority = *std::move(authority);
    }
  if (count == 1 ? valid : count == 0 && version_ == http::version::http1_0)
    return true;
  reader_.fail(errc::malformed_header, "a request must have exactly one valid Host field, this one has "
                                           + std::to_string(count) + (valid ? "" : " with an invalid value")
                                           + " (RFC 9112 section 3.2)");
  return false;
}

std::optional<request_event> request_parser::head_complete() {
  if (!check_host())
    return std::nullopt;
  auto framing = reader_.framing_of(head_.fields, version_);
  if (!framing)
    return std::nullopt;
  if (framing->how == body_framing::kind::until_close)
    framing = body_framing{}; // a request without framing fields has no body (RFC 9112 section 6.3, rule 7)
  request_begun result;
  result.version = version_;
  result.has_body = framing->how == body_framing::kind::chunked || framing->length > 0;
  if (framing->how == body_framing::kind::length)
    result.content_length = framing->length;
  result.expects_continue = version_ == http::version::http1_1 && result.has_body
                            && http::equals_ignoring_case(head_.fields.combined("expect"), "100-continue");
  reader_.begin_body(*framing, wants_reuse(head_.fields, version_));
  result.head = std::exchange(head_, {});
  state_ = state::body;
  return result;
}

request_step request_parser::parse(input_bytes input) {
  const auto given = input.size();
  auto parsed = reader_.failed() ? request_event{reader_.error()} : read(input);
  return {given - input.size(), std::move(parsed)};
}

request_event request_parser::read(input_bytes& input) {
  switch (state_) {
    case state::start_line: {
      std::string_view line;
      bool complete = reader_.take_start_line(input, line);
      if (complete && line.empty() && !std::exchange(empty_line_skipped_, true)) {
        reader_.reset(); // old clients send an empty line after a body (RFC 9112 section 2.2)
        complete = reader_.take_start_line(input, line);
      }
      if (!complete || !parse_request_line(line))
        break;
      reader_.done_with_line();
      head_.fields.lines().reserve(16);
      state_ = state::fields;
      [[fallthrough]];
    }
    case state::fields:
      if (reader_.take_head_fields(input, head_.fields))
        if (auto parsed = head_complete())
          return std::move(*parsed);
      break;
    case state::body: {
      input_bytes piece;
      bool ended = false;
      if (!reader_.take_body(input, piece, ended))
        break;
      if (!ended)
        return body{piece};
      end result{reader_.take_trailers(), reader_.reusable()};
      reader_.reset();
      empty_line_skipped_ = false;
      state_ = state::start_line;
      return result;
    }
  }
  if (reader_.failed())
    return reader_.error();
  return need_more{};
}

request_step request_parser::finish() const {
  if (reader_.failed())
    return {0, reader_.error()};
  if (idle())
    return {
        0, failure{errc::connection_closed, caused_by::transport, "the client closed the connection between requests"}};
  return {0, state_ == state::body ? reader_.truncated_body() : reader_.truncated_head()};
}

} // namespace sluice::http1
