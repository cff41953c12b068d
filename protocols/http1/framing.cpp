#include <sluice/protocols/http1/framing.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <cstddef>
#include <optional>

namespace sluice::http1 {

namespace {

/// 1*DIGIT up to 2^63-1, so that sums with it and signed counts of it stay exact.
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

/// One Content-Length line: a number, or the same number several times (RFC 9112 section 6.3, rule 5).
std::optional<std::uint64_t> length_of(std::string_view value) {
  std::optional<std::uint64_t> result;
  for (bool more = true; more;) {
    const auto comma = value.find(',');
    more = comma != std::string_view::npos;
    const auto x = number(trimmed(value.substr(0, comma)));
    if (!x || (result && *result != *x))
      return std::nullopt;
    result = x;
    if (more)
      value.remove_prefix(comma + 1);
  }
  return result;
}

failure bad(errc code, std::string detail) { return {code, caused_by::remote, std::move(detail)}; }

/// Anything but exactly one "chunked": what is wrong with it.
failure transfer_coding_problem(const http::fields& fields) {
  const auto all = fields.combined("transfer-encoding");
  std::optional<std::string> other;
  each_element(all, [&](std::string_view x) {
    if (!other && !http::equals_ignoring_case(x, "chunked"))
      other = quoted(x);
  });
  if (other)
    return bad(errc::unsupported_encoding, "the transfer coding " + *other + " of Transfer-Encoding " + quoted(all)
                                               + " is not supported: only chunked is, and no request asks for another");
  return bad(errc::malformed_framing,
             "Transfer-Encoding " + quoted(all)
                 + " is not exactly one 'chunked' (RFC 9112 section 6.1); the sender must be mended");
}

} // namespace

result_or_failure<body_framing> framing_of(const http::fields& fields, http::version version) {
  std::optional<std::uint64_t> length;
  std::size_t codings = 0;
  bool chunked = true;
  for (const auto& x : fields) {
    if (http::equals_ignoring_case(x.name, "content-length")) {
      const auto value = length_of(x.value);
      if (!value || (length && *length != *value))
        return bad(errc::malformed_framing,
                   "Content-Length " + quoted(fields.combined("content-length"))
                       + " is not one number below 2^63 (RFC 9112 section 6.3); the sender must be mended");
      length = value;
    } else if (http::equals_ignoring_case(x.name, "transfer-encoding")) {
      ++codings;
      chunked = chunked && http::equals_ignoring_case(x.value, "chunked");
    }
  }
  // Two framings, or one that the version does not know: two readers could disagree on where the message ends.
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
  for (const auto& x : fields)
    if (http::equals_ignoring_case(x.name, "connection"))
      each_element(x.value, [&](std::string_view option) {
        close = close || http::equals_ignoring_case(option, "close");
        keep = keep || http::equals_ignoring_case(option, "keep-alive");
      });
  return !close && (version == http::version::http1_1 || keep);
}

} // namespace sluice::http1
