#include <sluice/protocols/http1/message_reader.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <algorithm>
#include <cstring>

namespace sluice::http1 {

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

void message_reader::fail(errc code, std::string detail) { failure_ = {code, caused_by::remote, std::move(detail)}; }

std::string message_reader::where(const char* section) const {
  return "line " + std::to_string(lines_) + " of the " + section + ", before byte " + std::to_string(offset_)
         + " of the message, ";
}

// ---- lines --------------------------------------------------------------------------------------------------------

bool message_reader::too_long(const line_rule& rule) {
  if (rule.section_bytes - section_bytes_ < rule.line_bytes)
    fail(errc::header_too_large, std::string{"the "} + rule.section + " is larger than "
                                     + std::to_string(rule.section_bytes) + " bytes (limit " + rule.section_limit
                                     + "); raise the limit if the sender is trusted");
  else
    fail(errc::header_too_large, "line " + std::to_string(lines_ + 1) + " of the " + rule.section + " is longer than "
                                     + std::to_string(rule.line_bytes) + " bytes (limit " + rule.line_limit
                                     + "); raise the limit if the sender is trusted");
  return false;
}

bool message_reader::take_line(input_bytes& input, std::string_view& line, const line_rule& rule) {
  if (input.empty())
    return false;
  const auto limit = std::min(rule.line_bytes, rule.section_bytes - section_bytes_);
  const auto room = limit - partial_.size();
  const auto* begin = reinterpret_cast<const char*>(input.data());
  const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', std::min(room, input.size())));
  if (!lf && input.size() > room)
    return too_long(rule);
  const auto taken = lf ? static_cast<std::size_t>(lf - begin) + 1 : input.size();
  consume(input, taken);
  if (!lf || !partial_.empty())
    partial_.append(begin, taken);
  if (!lf)
    return false;
  line = partial_.empty() ? std::string_view{begin, taken} : std::string_view{partial_};
  ++lines_;
  section_bytes_ += line.size();
  return strip_line_end(line, rule);
}

bool message_reader::strip_line_end(std::string_view& line, const line_rule& rule) {
  // RFC 9112 section 2.2 permits a recipient to accept a bare LF as a line end. If two recipients differ in that, they
  // find different messages (smuggling), so it is off by default. A bare CR is always invalid.
  line.remove_suffix(1);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  } else if (!bare_lf_) {
    fail(rule.code, where(rule.section) + "ends in LF without CR (RFC 9112 section 2.2); the sender must write CRLF"
                        + (lenient_ ? ", or bare_lf of the limits allows it" : ""));
    return false;
  }
  if (line.find('\r') == std::string_view::npos)
    return true;
  fail(rule.code, where(rule.section) + "holds a CR that ends no line (RFC 9112 section 2.2)");
  return false;
}

bool message_reader::take_start_line(input_bytes& input, std::string_view& line) {
  return take_line(input, line,
                   {"head", errc::malformed_status_line, limits_.start_line_bytes, "start_line_bytes",
                    limits_.head_bytes, "head_bytes"});
}

// ---- fields -------------------------------------------------------------------------------------------------------

bool message_reader::take_head_fields(input_bytes& input, http::fields& out) {
  return take_fields(
      input, out,
      {"head", errc::malformed_header, limits_.field_line_bytes, "field_line_bytes", limits_.head_bytes, "head_bytes"});
}

bool message_reader::take_fields(input_bytes& input, http::fields& out, const line_rule& rule) {
  std::string_view line;
  while (take_line(input, line, rule)) {
    const bool last = line.empty();
    if (!last && !parse_field(line, out, rule.section))
      return false;
    done_with_line();
    if (last)
      return true;
  }
  return false;
}

bool message_reader::parse_field(std::string_view line, http::fields& out, const char* section) {
  auto bad = [&](std::string why) {
    fail(errc::malformed_header, where(section) + why);
    return false;
  };
  if (line.front() == ' ' || line.front() == '\t')
    return continue_field(line, out, section);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return bad(quoted(line) + ", has no colon (RFC 9112 section 5)");
  const auto name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (!http::is_token(name))
    return bad("has the field name " + quoted(name)
               + ", which is not a token; white space before the colon is refused as well (RFC 9112 section 5.1)");
  if (!http::is_field_value(value))
    return bad("(" + std::string{name.substr(0, 60)}
               + ") has a control character in its value (RFC 9110 section 5.5); "
                 "the sender must be fixed");
  if (out.size() >= limits_.field_count) {
    fail(errc::header_too_large, std::string{"the "} + section + " has more than " + std::to_string(limits_.field_count)
                                     + " field lines (limit field_count); raise the limit if the sender is trusted");
    return false;
  }
  out.add(std::string{name}, std::string{value});
  return true;
}

/// Obsolete line folding (RFC 9112 section 5.2): appends the line to the last field, after one SP. Refused for framing
/// fields: a proxy that ignores the continuation line would find another end of the message.
bool message_reader::continue_field(std::string_view line, http::fields& out, const char* section) {
  auto bad = [&](const char* why) {
    fail(errc::malformed_header, where(section) + "starts with white space: " + why);
    return false;
  };
  if (!lenient_)
    return bad("obsolete line folding is refused in a request (RFC 9112 section 5.2)");
  if (out.empty())
    return bad("obsolete line folding, but no field line is before it (RFC 9112 section 2.2)");
  auto& last = out.lines().back();
  if (http::equals_ignoring_case(last.name, "content-length")
      || http::equals_ignoring_case(last.name, "transfer-encoding"))
    return bad("obsolete line folding of a field that decides where the message ends is refused");
  const auto continuation = trimmed(line);
  if (!http::is_field_value(continuation))
    return bad("it continues a field with a control character in it (RFC 9110 section 5.5)");
  constexpr std::size_t separators = 5; // bytes: colon, SP twice, CRLF
  if (last.name.size() + last.value.size() + continuation.size() + separators > limits_.field_line_bytes) {
    fail(errc::header_too_large, where(section) + "folded, makes a field line of more than "
                                     + std::to_string(limits_.field_line_bytes)
                                     + " bytes (limit field_line_bytes); raise the limit if the sender is trusted");
    return false;
  }
  if (!last.value.empty() && !continuation.empty())
    last.value += ' ';
  last.value += continuation;
  return true;
}

// ---- bodies -------------------------------------------------------------------------------------------------------

std::optional<body_framing> message_reader::framing_of(const http::fields& fields, http::version version) {
  auto result = http1::framing_of(fields, version);
  if (result)
    return *result;
  failure_ = result.error();
  return std::nullopt;
}

void message_reader::begin_body(body_framing framing, bool reusable) {
  framing_ = framing;
  remaining_ = framing.how == body_framing::kind::length ? framing.length : 0;
  reusable_ = reusable && framing.how != body_framing::kind::until_close;
  lines_ = section_bytes_ = 0;
  at_ = at::size_line;
}

bool message_reader::take_body(input_bytes& input, input_bytes& piece, bool& ended) {
  switch (framing_.how) {
    case body_framing::kind::chunked: return take_chunked(input, piece, ended);
    case body_framing::kind::until_close: remaining_ = input.size(); break;
    case body_framing::kind::none:
    case body_framing::kind::length: ended = remaining_ == 0; break;
  }
  return ended || take_plain(input, piece);
}

bool message_reader::take_plain(input_bytes& input, input_bytes& piece) {
  if (input.empty())
    return false;
  piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  consume(input, piece.size());
  remaining_ -= piece.size();
  body_bytes_ += piece.size();
  return true;
}

bool message_reader::take_chunked(input_bytes& input, input_bytes& piece, bool& ended) {
  for (;;) {
    switch (at_) {
      case at::size_line:
        if (!take_size_line(input))
          return false;
        at_ = remaining_ == 0 ? at::trailers : at::data;
        break;
      case at::data:
        if (!take_plain(input, piece))
          return false;
        if (remaining_ == 0)
          at_ = at::data_end;
        return true;
      case at::data_end:
        if (!take_data_end(input))
          return false;
        at_ = at::size_line;
        break;
      case at::trailers:
        if (!take_fields(input, trailers_,
                         {"trailer section", errc::malformed_header, limits_.field_line_bytes, "field_line_bytes",
                          limits_.trailer_bytes, "trailer_bytes"}))
          return false;
        // Their effect belongs before the body; as trailers they are ignored (RFC 9110 section 6.5.1).
        std::erase_if(trailers_.lines(), [](const http::field& line) { return is_forbidden_in_trailers(line.name); });
        ended = true;
        return true;
    }
  }
}

bool message_reader::take_size_line(input_bytes& input) {
  std::string_view line;
  if (!take_line(input, line,
                 {"chunk", errc::malformed_framing, limits_.chunk_line_bytes, "chunk_line_bytes",
                  limits_.chunk_line_bytes, "chunk_line_bytes"})
      || !parse_size_line(line))
    return false;
  done_with_line();
  lines_ = section_bytes_ = 0;
  return true;
}

bool message_reader::take_data_end(input_bytes& input) {
  for (; line_end_seen_ < 2; ++line_end_seen_) {
    if (input.empty())
      return false;
    const auto c = static_cast<char>(input.front());
    if (bare_lf_ && c == '\n')
      line_end_seen_ = 1; // the LF is the second byte, so the line end is complete
    else if (c != "\r\n"[line_end_seen_]) {
      fail(errc::malformed_framing, "a chunk's data is not followed by CRLF, at byte " + std::to_string(offset_)
                                        + " of the message, after " + std::to_string(body_bytes_)
                                        + " body bytes (RFC 9112 section 7.1)");
      return false;
    }
    consume(input, 1);
  }
  line_end_seen_ = 0;
  return true;
}

bool message_reader::parse_size_line(std::string_view line) {
  auto bad = [&](const char* why) {
    fail(errc::malformed_framing, "the chunk size line " + quoted(line) + ", before byte " + std::to_string(offset_)
                                      + " of the message, after " + std::to_string(body_bytes_) + " body bytes, " + why
                                      + " (RFC 9112 section 7.1)");
    return false;
  };
  const auto hex_value = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::size_t i = 0;
  std::uint64_t size = 0;
  for (; i < line.size() && hex_value(line[i]) >= 0; ++i) {
    if (size >> 59 != 0)
      return bad("has a size of 2^63 or more");
    size = size << 4 | static_cast<std::uint64_t>(hex_value(line[i]));
  }
  if (i == 0)
    return bad("does not start with a hexadecimal digit");
  // chunk-ext = *( BWS ";" BWS name ... ). Extensions are ignored. White space without an extension is invalid, but
  // accepted in responses: some origins pad the size with it.
  const auto rest = line.substr(i), extension = trimmed(rest);
  const bool acceptable =
      extension.empty() ? rest.empty() || lenient_ : extension.front() == ';' && http::is_field_value(rest);
  if (!acceptable)
    return bad("has something other than an extension after the size");
  remaining_ = size;
  return true;
}

// ---- the end of the transport -------------------------------------------------------------------------------------

failure message_reader::truncated_head() const {
  return {lines_ == 0 ? errc::malformed_status_line : errc::malformed_header, caused_by::transport,
          "the connection ended inside line " + std::to_string(lines_ + 1) + " of the head, after "
              + std::to_string(offset_) + " bytes, before the empty line that ends it; try again"};
}

failure message_reader::truncated_body() const {
  std::string detail = "the connection ended after " + std::to_string(body_bytes_) + " body bytes: ";
  if (framing_.how == body_framing::kind::length)
    detail += std::to_string(remaining_) + " of " + std::to_string(framing_.length) + " are missing";
  else if (at_ == at::data)
    detail += std::to_string(remaining_) + " bytes of a chunk and the last chunk are missing";
  else
    detail += at_ == at::trailers ? "the end of the trailer section is missing" : "the last chunk is missing";
  return {errc::truncated_body, caused_by::transport, detail + "; what was read is not the whole body, fetch it again"};
}

} // namespace sluice::http1
