#include <sluice/protocols/http1/response_parser.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::http1 {

void response_parser::begin(std::string_view method) {
  method_ = method;
  interim_count_ = empty_lines_ = 0;
  state_ = state::start_line;
  head_ = {};
  reader_.reset();
}

/// Recognises TLS and HTTP/2 by their first bytes, to report a wrong port instead of a malformed status line.
bool response_parser::is_foreign(input_bytes input) {
  std::array<unsigned, 9> first{}; // size of an HTTP/2 frame header; two bytes identify a TLS record
  std::size_t n = 0;
  for (const char c : reader_.partial_line().substr(0, first.size()))
    first[n++] = static_cast<unsigned char>(c);
  for (const std::byte b : input.first(std::min(input.size(), first.size() - n)))
    first[n++] = std::to_integer<unsigned>(b);
  if (n >= 2 && (first[0] == 0x15 || first[0] == 0x16) && first[1] == 3) { // alert, handshake (RFC 8446 section 5.1)
    reader_.fail(errc::unsupported_protocol,
                 "the origin answered in TLS, not in HTTP: this port speaks TLS, use https:// for it");
    return true;
  }
  // A server's first HTTP/2 frame is SETTINGS (RFC 9113 section 3.4), whose length is a multiple of six.
  const bool settings = n == first.size() && first[0] == 0 && first[1] == 0 && first[2] % 6 == 0 && first[3] == 4
                        && first[4] <= 1 && (first[5] | first[6] | first[7] | first[8]) == 0;
  if (settings)
    reader_.fail(errc::unsupported_protocol,
                 "the origin answered with an HTTP/2 frame: this port speaks HTTP/2 only; ask "
                 "for HTTP/2 with prior knowledge (--http2-prior-knowledge)");
  return settings;
}

/// Skips a few empty lines before the status line: some origins send one after a body or an interim response.
bool response_parser::take_status_line(input_bytes& input) {
  for (std::string_view line; !is_foreign(input) && reader_.take_start_line(input, line); reader_.reset()) {
    if (!line.empty())
      return parse_status_line(line);
    if (++empty_lines_ > limits_.empty_lines)
      reader_.fail(errc::malformed_status_line, "more than " + std::to_string(limits_.empty_lines)
                                                    + " empty lines came before a status line (limit empty_lines)");
    if (reader_.failed())
      return false;
  }
  return false;
}

bool response_parser::parse_status_line(std::string_view line) {
  auto bad = [&](const char* why) {
    reader_.fail(errc::malformed_status_line, std::string{"the status line "} + quoted(line) + why);
    return false;
  };
  // status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 section 4). Many origins omit the second
  // SP.
  const auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  const auto version = read_version(line);
  if (!version)
    return bad(line.starts_with("HTTP/") ? " names a version other than HTTP/1.x"
                                         : " does not start with HTTP/1.1: is this port an HTTP/1.1 server's?");
  // Statuses above 599 are accepted; the user treats them as 5xx (RFC 9110 section 15).
  if (line.size() < 12 || line[8] != ' ' || !digit(9) || !digit(10) || !digit(11)
      || (line.size() > 12 && line[12] != ' ') || line[9] == '0')
    return bad(" has no three-digit status from 100 to 999 after the version");
  const auto reason = line.size() > 13 ? line.substr(13) : std::string_view{};
  if (!http::is_field_value(reason))
    return bad(" has a control character in the reason phrase");
  head_.version = *version;
  head_.status = static_cast<std::uint16_t>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  head_.reason = reason;
  return true;
}

std::optional<event> response_parser::head_complete() {
  if (head_.status == 101) {
    reader_.fail(errc::unsupported_protocol, "the origin switched protocols (101), which the request did not ask for");
    return std::nullopt;
  }
  return head_.status < 200 ? interim_complete() : final_complete();
}

std::optional<event> response_parser::interim_complete() {
  if (++interim_count_ > limits_.interim_responses) {
    reader_.fail(errc::too_many_interim_responses,
                 "more than " + std::to_string(limits_.interim_responses)
                     + " interim (1xx) responses before the final one (limit interim_responses)");
    return std::nullopt;
  }
  state_ = state::start_line;
  reader_.reset();
  return interim{std::exchange(head_, {})};
}

std::optional<event> response_parser::final_complete() {
  // Some responses have no body, whatever their fields say (RFC 9112 section 6.3, rule 1). If their framing fields
  // contradict each other, the message ends here all the same, but the connection is not reused.
  const bool bodiless = http::has_no_body(method_, head_.status);
  std::optional<body_framing> framing = body_framing{};
  bool reusable = wants_reuse(head_.fields, head_.version);
  if (method_ == "CONNECT" && head_.status / 100 == 2)
    reusable = false; // the connection becomes a tunnel (RFC 9110 section 9.3.6)
  if (bodiless)
    reusable = reusable && framing_of(head_.fields, head_.version);
  else
    framing = reader_.framing_of(head_.fields, head_.version);
  if (!framing)
    return std::nullopt;
  reader_.begin_body(*framing, reusable);
  state_ = state::body;
  head result{std::exchange(head_, {}), framing->how != body_framing::kind::none, std::nullopt};
  if (framing->how == body_framing::kind::length) {
    result.content_length = framing->length;
    result.has_body = framing->length > 0;
  }
  return result;
}

step response_parser::parse(input_bytes input) {
  const auto given = input.size();
  auto parsed = reader_.failed() ? event{reader_.error()} : read(input);
  return {given - input.size(), std::move(parsed)};
}

event response_parser::read(input_bytes& input) {
  switch (state_) {
    case state::idle:
      if (input.empty())
        return need_more{};
      reader_.fail(errc::unexpected_data,
                   "the origin sent at least " + std::to_string(input.size())
                       + " bytes that no request asked for; the connection cannot be used any more");
      break;
    case state::start_line:
      if (!take_status_line(input))
        break;
      reader_.done_with_line();
      head_.fields.lines().reserve(16);
      state_ = state::fields;
      [[fallthrough]];
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
      state_ = state::idle;
      return end{reader_.take_trailers(), reader_.reusable()};
    }
  }
  if (reader_.failed())
    return reader_.error();
  return need_more{};
}

step response_parser::finish() {
  if (reader_.failed())
    return {0, reader_.error()};
  if (state_ == state::body) {
    if (reader_.framing().how == body_framing::kind::chunked
        || (reader_.framing().how == body_framing::kind::length && reader_.remaining() > 0))
      return {0, reader_.truncated_body()};
    state_ = state::idle;
    return {0, end{{}, false}};
  }
  if (state_ != state::idle && reader_.offset() > 0)
    return {0, reader_.truncated_head()};
  std::string detail = "the origin closed the connection before ";
  detail += interim_count_ > 0 && state_ != state::idle
                ? "the final response, after " + std::to_string(interim_count_) + " interim ones"
                : std::string{"any byte of a response"};
  return {0, failure{errc::connection_closed, caused_by::transport, std::move(detail)}};
}

std::optional<std::uint64_t> response_parser::remaining() const {
  if (state_ != state::body)
    return std::nullopt;
  switch (reader_.framing().how) {
    case body_framing::kind::none: return 0;
    case body_framing::kind::length: return reader_.remaining();
    default: return std::nullopt;
  }
}

} // namespace sluice::http1
