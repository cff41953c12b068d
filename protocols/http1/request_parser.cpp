#include <sluice/protocols/http1/request_parser.hpp>

#include <algorithm>

namespace sluice::http1 {

bool request_parser::parse_request_line(std::string_view line) {
  // request-line = method SP request-target SP HTTP-version (RFC 9112 section 3)
  auto first = line.find(' ');
  auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos) {
    reader_.fail(errc::malformed_status_line, "the request line is not a method, a target and a version between single spaces");
    return false;
  }
  auto method = line.substr(0, first), target = line.substr(first + 1, second - first - 1), version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    reader_.fail(errc::malformed_status_line, "the request line names a version other than HTTP/1.0 and HTTP/1.1");
    return false;
  }
  const bool visible = std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!http::is_token(method) || target.empty() || !visible) {
    reader_.fail(errc::malformed_status_line, "the request line has an invalid method or target");
    return false;
  }
  head_ = {};
  head_.method = method;
  head_.target = target;
  version_ = version.back() == '0' ? http::version::http1_0 : http::version::http1_1;
  return true;
}

std::optional<request_step> request_parser::head_complete() {
  const auto hosts = std::count_if(head_.fields.begin(), head_.fields.end(), [](const http::field& x) { return http::equals_ignoring_case(x.name, "host"); });
  if (hosts > 1 || (hosts == 0 && version_ == http::version::http1_1)) {
    reader_.fail(errc::malformed_header, "a request must have exactly one Host field (RFC 9112 section 3.2)");
    return std::nullopt;
  }
  auto framing = reader_.framing_of(head_.fields, version_);
  if (!framing)
    return std::nullopt;
  if (framing->how == body_framing::kind::until_close)
    framing = body_framing{}; // a request without framing fields has no body
  head_.authority = head_.fields.get("host").value_or("");
  request_begun result;
  result.version = version_;
  result.has_body = framing->how == body_framing::kind::chunked || framing->length > 0;
  if (framing->how == body_framing::kind::length)
    result.content_length = framing->length;
  result.expects_continue = version_ == http::version::http1_1 && result.has_body
                            && http::equals_ignoring_case(head_.fields.combined("expect"), "100-continue");
  reader_.begin_body(*framing, message_reader::wants_reuse(head_.fields, version_));
  result.head = std::move(head_);
  state_ = state::body;
  return request_step{0, std::move(result)};
}

request_step request_parser::parse(input_bytes input) {
  const auto given = input.size();
  auto at = [&](request_step x) {
    x.consumed = given - input.size();
    return x;
  };
  if (state_ == state::start_line) {
    std::string_view line;
    if (reader_.take_line(input, line, limits_.start_line_bytes, "start_line_bytes") && parse_request_line(line)) {
      reader_.done_with_line();
      state_ = state::fields;
    }
  }
  if (!reader_.failed() && state_ == state::fields && reader_.take_fields(input, head_.fields, limits_.head_bytes, "head_bytes"))
    if (auto x = head_complete())
      return at(std::move(*x));
  if (!reader_.failed() && state_ == state::body) {
    input_bytes piece;
    bool ended = false;
    if (reader_.take_body(input, piece, ended)) {
      if (!ended)
        return at({0, body{piece}});
      end result{reader_.take_trailers(), reader_.reusable()};
      reader_.reset();
      state_ = state::start_line;
      return at({0, std::move(result)});
    }
  }
  if (reader_.failed())
    return at({0, reader_.error()});
  return at({0, need_more{}});
}

} // namespace sluice::http1
