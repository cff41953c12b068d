#include <sluice/protocols/http1/message_reader.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace sluice::http1 {

namespace {

std::string quoted(std::string_view x) {
  std::string result = "'";
  for (char c : x.substr(0, 60))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return result + (x.size() > 60 ? "…'" : "'");
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && (x.front() == ' ' || x.front() == '\t'))
    x.remove_prefix(1);
  while (!x.empty() && (x.back() == ' ' || x.back() == '\t'))
    x.remove_suffix(1);
  return x;
}

/// Calls f with each element of a comma-separated list, empty ones left out (RFC 9110 §5.6.1).
template <class F>
void each_element(std::string_view list, F f) {
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    if (auto x = trimmed(list.substr(0, comma)); !x.empty())
      f(x);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Fields that decide framing, routing or interpretation must not come after the body (RFC 9110 §6.5.1).
bool forbidden_in_trailers(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"content-length", "transfer-encoding", "host", "trailer", "connection",
                                                   "te", "content-encoding", "content-type", "content-range",
                                                   "set-cookie", "authorization", "location"};
  return std::any_of(names.begin(), names.end(), [&](auto x) { return http::equals_ignoring_case(x, name); });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

void message_reader::reset() {
  partial_.clear();
  offset_ = body_bytes_ = remaining_ = 0;
  lines_ = section_bytes_ = 0;
  framing_ = {};
  reusable_ = false;
  at_ = at::size_line;
  line_end_seen_ = 0;
  trailers_ = {};
}

void message_reader::fail(errc code, std::string detail) {
  failure_ = {code, caused_by::remote, std::move(detail)};
}

bool message_reader::take_line(input_bytes& input, std::string_view& line, std::size_t bound, const char* bound_name) {
  if (input.empty())
    return false;
  const auto* begin = reinterpret_cast<const char*>(input.data());
  const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', input.size()));
  const auto taken = lf ? static_cast<std::size_t>(lf - begin) + 1 : input.size();
  if (partial_.size() + taken > bound) {
    fail(errc::header_too_large, "line " + std::to_string(lines_ + 1) + " of the message is longer than "
                                   + std::to_string(bound) + " bytes (limit " + bound_name + "); raise the limit if this origin is trusted");
    return false;
  }
  if (!lf || !partial_.empty()) {
    partial_.append(begin, taken);
    consume(input, taken);
    if (!lf)
      return false;
    line = partial_;
  } else {
    line = {begin, taken};
    consume(input, taken);
  }
  ++lines_;
  section_bytes_ += line.size();
  line.remove_suffix(1);
  if (line.empty() || line.back() != '\r') {
    fail(errc::malformed_header, "line " + std::to_string(lines_) + " ends in a bare LF without CR (RFC 9112 section 2.2)");
    return false;
  }
  line.remove_suffix(1);
  if (line.find('\r') != std::string_view::npos) {
    fail(errc::malformed_header, "line " + std::to_string(lines_) + " holds a bare CR (RFC 9112 section 2.2)");
    return false;
  }
  return true;
}

bool message_reader::parse_field(std::string_view line, http::fields& out) {
  auto where = [&] { return "header line " + std::to_string(lines_) + " "; };
  if (line.front() == ' ' || line.front() == '\t') {
    fail(errc::malformed_header, where() + "starts with white space: obsolete line folding is refused (RFC 9112 section 5.2)");
    return false;
  }
  auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    fail(errc::malformed_header, where() + quoted(line) + " has no colon (RFC 9112 section 5)");
    return false;
  }
  auto name = line.substr(0, colon);
  auto value = trimmed(line.substr(colon + 1));
  if (!http::is_token(name)) {
    fail(errc::malformed_header, where() + "has the name " + quoted(name) + ", which is not a token; white space before the colon counts as well (RFC 9112 section 5.1)");
    return false;
  }
  if (!http::is_field_value(value)) {
    fail(errc::malformed_header, where() + "(" + std::string{name} + ") has a control character in its value (RFC 9110 section 5.5)");
    return false;
  }
  if (out.size() >= limits_.field_count) {
    fail(errc::header_too_large, "more than " + std::to_string(limits_.field_count) + " field lines (limit field_count)");
    return false;
  }
  out.add(std::string{name}, std::string{value});
  return true;
}

bool message_reader::take_fields(input_bytes& input, http::fields& out, std::size_t bound, const char* bound_name) {
  std::string_view line;
  while (take_line(input, line, limits_.field_line_bytes, "field_line_bytes")) {
    if (section_bytes_ > bound) {
      fail(errc::header_too_large, "the header or trailer section is larger than " + std::to_string(bound) + " bytes (limit " + bound_name + ")");
      return false;
    }
    const bool last = line.empty();
    if (!last && !parse_field(line, out))
      return false;
    done_with_line();
    if (last)
      return true;
  }
  return false;
}

std::optional<body_framing> message_reader::framing_of(const http::fields& fields, http::version version) {
  std::optional<std::uint64_t> length;
  bool has_length = false, coded = false;
  for (const auto& x : fields) {
    if (http::equals_ignoring_case(x.name, "content-length")) {
      has_length = true;
      // Equal values may be repeated, also as a list (RFC 9112 section 6.3, rule 5); all else is an attack or a fault.
      std::size_t elements = 0;
      bool good = true;
      std::string_view list = x.value;
      do {
        auto comma = std::min(list.find(','), list.size());
        auto digits = trimmed(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        std::uint64_t value = 0;
        good = good && !digits.empty();
        for (char c : digits) {
          if (c < '0' || c > '9' || value > (INT64_MAX - 9) / 10) {
            good = false;
            break;
          }
          value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        good = good && (!length || *length == value);
        length = value;
        ++elements;
      } while (good && !list.empty());
      if (!good || x.value.empty() || x.value.back() == ',') {
        fail(errc::malformed_framing, "Content-Length " + quoted(x.value) + " is not one number, or differs from another one (RFC 9112 section 6.3)");
        return std::nullopt;
      }
    } else if (http::equals_ignoring_case(x.name, "transfer-encoding")) {
      if (coded || !http::equals_ignoring_case(x.value, "chunked")) {
        fail(errc::malformed_framing, "Transfer-Encoding " + quoted(fields.combined("transfer-encoding")) + " is not exactly one 'chunked' (RFC 9112 section 6.1)");
        return std::nullopt;
      }
      coded = true;
    }
  }
  if (coded && has_length) {
    fail(errc::malformed_framing, "both Content-Length and Transfer-Encoding are given: a sign of request smuggling (RFC 9112 section 6.1)");
    return std::nullopt;
  }
  if (coded && version == http::version::http1_0) {
    fail(errc::malformed_framing, "Transfer-Encoding in an HTTP/1.0 message (RFC 9112 section 6.1)");
    return std::nullopt;
  }
  if (coded)
    return body_framing{body_framing::kind::chunked, 0};
  if (has_length)
    return body_framing{body_framing::kind::length, *length};
  return body_framing{body_framing::kind::until_close, 0};
}

bool message_reader::wants_reuse(const http::fields& fields, http::version version) {
  bool close = false, keep = false;
  for (const auto& x : fields)
    if (http::equals_ignoring_case(x.name, "connection"))
      each_element(x.value, [&](std::string_view option) {
        close = close || http::equals_ignoring_case(option, "close");
        keep = keep || http::equals_ignoring_case(option, "keep-alive");
      });
  return !close && (version == http::version::http1_1 || keep);
}

void message_reader::begin_body(body_framing framing, bool reusable) {
  framing_ = framing;
  remaining_ = framing.how == body_framing::kind::length ? framing.length : 0;
  reusable_ = reusable && framing.how != body_framing::kind::until_close;
  section_bytes_ = 0;
  at_ = at::size_line;
}

bool message_reader::take_body(input_bytes& input, input_bytes& piece, bool& ended) {
  switch (framing_.how) {
    case body_framing::kind::none: ended = true; return true;
    case body_framing::kind::chunked: return take_chunked(input, piece, ended);
    case body_framing::kind::length:
      if (remaining_ == 0) {
        ended = true;
        return true;
      }
      break;
    case body_framing::kind::until_close: break;
  }
  if (input.empty())
    return false;
  auto n = framing_.how == body_framing::kind::length ? std::min<std::uint64_t>(remaining_, input.size()) : input.size();
  piece = input.first(static_cast<std::size_t>(n));
  consume(input, piece.size());
  body_bytes_ += n;
  if (framing_.how == body_framing::kind::length)
    remaining_ -= n;
  return true;
}

bool message_reader::parse_chunk_line(std::string_view line) {
  auto bad = [&](const char* why) {
    fail(errc::malformed_framing, "the chunk size line " + quoted(line) + " after " + std::to_string(body_bytes_) + " body bytes " + why + " (RFC 9112 section 7.1)");
    return false;
  };
  std::size_t i = 0;
  std::uint64_t size = 0;
  for (; i < line.size() && hex_value(line[i]) >= 0; ++i) {
    if (size >> 59 != 0)
      return bad("is too large to be true");
    size = size << 4 | static_cast<std::uint64_t>(hex_value(line[i]));
  }
  if (i == 0)
    return bad("does not start with a hexadecimal digit");
  auto rest = line.substr(i);
  if (!rest.empty()) {
    auto extension = trimmed(rest);
    if (extension.empty() || extension.front() != ';' || !http::is_field_value(rest))
      return bad("has something other than an extension after the size");
  }
  remaining_ = size;
  return true;
}

bool message_reader::take_chunked(input_bytes& input, input_bytes& piece, bool& ended) {
  for (;;) {
    switch (at_) {
      case at::size_line: {
        std::string_view line;
        if (!take_line(input, line, limits_.chunk_line_bytes, "chunk_line_bytes") || !parse_chunk_line(line))
          return false;
        done_with_line();
        section_bytes_ = 0;
        at_ = remaining_ == 0 ? at::trailers : at::data;
        break;
      }
      case at::data: {
        if (input.empty())
          return false;
        piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
        consume(input, piece.size());
        remaining_ -= piece.size();
        body_bytes_ += piece.size();
        if (remaining_ == 0)
          at_ = at::data_end;
        return true;
      }
      case at::data_end:
        while (line_end_seen_ < 2) {
          if (input.empty())
            return false;
          if (static_cast<char>(input.front()) != "\r\n"[line_end_seen_]) {
            fail(errc::malformed_framing, "a chunk's data is not followed by CRLF, after " + std::to_string(body_bytes_) + " body bytes (RFC 9112 section 7.1)");
            return false;
          }
          consume(input, 1);
          ++line_end_seen_;
        }
        line_end_seen_ = 0;
        at_ = at::size_line;
        break;
      case at::trailers:
        if (!take_fields(input, trailers_, limits_.trailer_bytes, "trailer_bytes"))
          return false;
        std::erase_if(trailers_.lines(), [](const http::field& x) { return forbidden_in_trailers(x.name); });
        ended = true;
        return true;
    }
  }
}

failure message_reader::truncation() const {
  std::string detail = "the connection ended after " + std::to_string(body_bytes_) + " body bytes";
  if (framing_.how == body_framing::kind::length)
    detail += ", " + std::to_string(remaining_) + " of " + std::to_string(framing_.length) + " are missing";
  else
    detail += " without the last chunk";
  return {errc::truncated_body, caused_by::transport, detail + "; what was read is not the whole body: fetch it again"};
}

} // namespace sluice::http1
