#include <sluice/protocols/http1/response_parser.hpp>

namespace sluice::http1 {

void response_parser::begin(std::string_view method) {
  method_ = method;
  interim_count_ = 0;
  state_ = state::start_line;
  reader_.reset();
}

bool response_parser::parse_status_line(std::string_view line) {
  // status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 section 4); a missing second SP is common.
  auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  const bool version_good = line.size() >= 8 && line.substr(0, 7) == "HTTP/1." && (line[7] == '0' || line[7] == '1');
  if (!version_good) {
    auto what = line.substr(0, 5) == "HTTP/" ? "names a version other than HTTP/1.0 and HTTP/1.1" : "does not start with HTTP/1.1: this is not an HTTP/1.1 server";
    reader_.fail(errc::malformed_status_line, std::string{"the status line "} + what);
    return false;
  }
  if (line.size() < 12 || line[8] != ' ' || !digit(9) || !digit(10) || !digit(11) || (line.size() > 12 && line[12] != ' ')
      || line[9] < '1' || line[9] > '5') {
    reader_.fail(errc::malformed_status_line, "the status line has no three-digit status from 100 to 599 after the version");
    return false;
  }
  auto reason = line.size() > 13 ? line.substr(13) : std::string_view{};
  if (!http::is_field_value(reason)) {
    reader_.fail(errc::malformed_status_line, "the reason phrase holds a control character");
    return false;
  }
  head_.version = line[7] == '0' ? http::version::http1_0 : http::version::http1_1;
  head_.status = static_cast<std::uint16_t>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  head_.reason = reason;
  return true;
}

std::optional<step> response_parser::head_complete() {
  if (head_.status == 101) {
    reader_.fail(errc::unsupported_protocol, "the origin switched protocols (101), which the request did not ask for");
    return std::nullopt;
  }
  if (head_.status < 200) {
    if (++interim_count_ > limits_.interim_responses) {
      reader_.fail(errc::too_many_interim_responses, "more than " + std::to_string(limits_.interim_responses) + " interim (1xx) responses (limit interim_responses)");
      return std::nullopt;
    }
    state_ = state::start_line;
    auto reader = std::move(head_);
    head_ = {};
    reader_.reset();
    return step{0, interim{std::move(reader)}};
  }
  auto framing = reader_.framing_of(head_.fields, head_.version);
  if (!framing)
    return std::nullopt;
  const bool reusable = message_reader::wants_reuse(head_.fields, head_.version);
  if (http::has_no_body(method_, head_.status))
    framing = body_framing{};
  reader_.begin_body(*framing, reusable);
  state_ = state::body;
  head result{std::move(head_), framing->how != body_framing::kind::none, std::nullopt};
  head_ = {};
  if (framing->how == body_framing::kind::length) {
    result.content_length = framing->length;
    result.has_body = framing->length > 0;
  }
  return step{0, std::move(result)};
}

step response_parser::parse(input_bytes input) {
  const auto given = input.size();
  auto at = [&](step x) {
    x.consumed = given - input.size();
    return x;
  };
  if (state_ == state::idle) {
    if (input.empty())
      return {0, need_more{}};
    reader_.fail(errc::unexpected_data, "the origin sent " + std::to_string(given) + " bytes that no request asked for; the connection is closed");
    return {0, reader_.error()};
  }
  if (state_ == state::start_line) {
    std::string_view line;
    if (reader_.take_line(input, line, limits_.start_line_bytes, "start_line_bytes") && parse_status_line(line)) {
      reader_.done_with_line();
      head_.fields.lines().reserve(8);
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
      state_ = state::idle;
      return at({0, end{reader_.take_trailers(), reader_.reusable()}});
    }
  }
  if (reader_.failed())
    return at({0, reader_.error()});
  return at({0, need_more{}});
}

step response_parser::finish() {
  if (state_ == state::idle || !started())
    return {0, failure{errc::connection_closed, caused_by::transport, "the origin closed the connection before any byte of a response"}};
  if (state_ != state::body)
    return {0, failure{errc::connection_closed, caused_by::transport, "the origin closed the connection inside the response head, after " + std::to_string(reader_.offset()) + " bytes of it"}};
  if (reader_.framing().how == body_framing::kind::until_close || reader_.framing().how == body_framing::kind::none
      || (reader_.framing().how == body_framing::kind::length && reader_.remaining() == 0)) {
    state_ = state::idle;
    return {0, end{{}, false}};
  }
  return {0, reader_.truncation()};
}

std::optional<std::uint64_t> response_parser::remaining() const {
  if (state_ == state::body && reader_.framing().how == body_framing::kind::length)
    return reader_.remaining();
  if (state_ == state::body && reader_.framing().how == body_framing::kind::none)
    return 0;
  return std::nullopt;
}

} // namespace sluice::http1
