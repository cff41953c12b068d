#include <sluice/protocols/http1/framing.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <cstddef>
#include <optional>

namespace sluice::http1 {

namespace {

/// 1*DIGIT up to 2^63-1, so that sums and signed values do not overflow.
std::optional<std::uint64_t> number(std::string_view digits) {
  if (digits.empty())
    return std::nullopt;
  std::uint64_t result = 0;
  for (char c : digits) {
    if (c < '0' || c > '9')
      return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (result > (INT64_MAX - digit) / 10)
      return std::nullopt;
    result = result * 10 + digit;
  }
  return result;
}

/// The value of a Content-Length line: a number, or a list of equal numbers (RFC 9112 section 6.3, rule 5).
std::optional<std::uint64_t> length_of(std::string_view value) {
  std::optional<std::uint64_t> result;
  for (bool another = true; another;) {
    const auto comma = value.find(',');
    another = comma != std::string_view::npos;
    const auto length = number(trimmed(value.substr(0, comma)));
    if (!length || (result && *result != *length))
      return std::nullopt;
    result = length;
    if (another)
      value.remove_prefix(comma + 1);
  }
  return result;
}

failure bad(errc code, std::string detail) { return {code, caused_by::remote, std::move(detail)}; }

/// The error for a Transfer-Encoding that is not exactly one "chunked".
failure transfer_coding_problem(const http::fields& fields) {
  const auto all = fields.combined("transfer-encoding");
  std::optional<std::string> other;
  each_element(all, [&](std::string_view coding) {
    if (!other && !http::equals_ignoring_case(coding, "chunked"))
      other = quoted(coding);
  });
  if (other)
    return bad(errc::unsupported_encoding, "the transfer coding " + *other + " of Transfer-Encoding " + quoted(all)
                                               + " is not supported: only chunked is, and no request asks for another");
  return bad(errc::malformed_framing,
             "Transfer-Encoding " + quoted(all)
                 + " is not exactly one 'chunked' (RFC 9112 section 6.1); the sender must be fixed");
}

} // namespace

result_or_failure<body_framing> framing_of(const http::fields& fields, http::version version) {
  std::optional<std::uint64_t> length;
  std::size_t codings = 0;
  bool chunked = true;
  for (const auto& line : fields) {
    if (http::equals_ignoring_case(line.name, "content-length")) {
      const auto value = length_of(line.value);
      if (!value || (length && *length != *value))
        return bad(errc::malformed_framing,
                   "Content-Length " + quoted(fields.combined("content-length"))
                       + " is not one number below 2^63 (RFC 9112 section 6.3); the sender must be fixed");
      length = value;
    } else if (http::equals_ignoring_case(line.name, "transfer-encoding")) {
      ++codings;
      chunked = chunked && http::equals_ignoring_case(line.value, "chunked");
    }
  }
  // Refuse ambiguous framing: two recipients could find the end of the message at different places.
  if (codings > 0 && length)
    return bad(
        errc::malformed_framing,
        "both Content-Length and Transfer-Encoding are given, a sign of request smuggling (RFC 9112 section 6.1)");
  if (codings > 0 && version == http::version::http1_0)
    return bad(errc::malformed_framing,
               "Transfer-Encoding in an HTTP/1.0 message, which has none (RFC 9112 section 6.1)");
  if (codings > 1 || !chunked)
    return transfer_coding_problem(fields);
  if (codings == 1)
    return body_framing{body_framing::kind::chunked, 0};
  if (length)
    return body_framing{body_framing::kind::length, *length};
  return body_framing{body_framing::kind::until_close, 0};
}

bool wants_reuse(const http::fields& fields, http::version version) {
  bool close = false, keep = false;
  for (const auto& line : fields)
    if (http::equals_ignoring_case(line.name, "connection"))
      each_element(line.value, [&](std::string_view option) {
        close = close || http::equals_ignoring_case(option, "close");
        keep = keep || http::equals_ignoring_case(option, "keep-alive");
      });
  return !close && (version == http::version::http1_1 || keep);
}

} // namespace sluice::http1
