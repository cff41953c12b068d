#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <array>

namespace sluice::http1 {

std::string quoted(std::string_view x) {
  std::string result = "'";
  if (const auto at = x.rfind('@'); at != std::string_view::npos) {
    result += "***";
    x.remove_prefix(at);
  }
  for (char c : x.substr(0, 60))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return result + (x.size() > 60 ? "...'" : "'");
}

std::string_view trimmed(std::string_view x) noexcept {
  while (!x.empty() && (x.front() == ' ' || x.front() == '\t'))
    x.remove_prefix(1);
  while (!x.empty() && (x.back() == ' ' || x.back() == '\t'))
    x.remove_suffix(1);
  return x;
}

bool is_forbidden_in_trailers(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 37> names{"transfer-encoding",
                                                   "content-length",
                                                   "host",
                                                   "connection",
                                                   "keep-alive",
                                                   "proxy-connection",
                                                   "upgrade",
                                                   "trailer",
                                                   "te",
                                                   "expect",
                                                   "max-forwards",
                                                   "cache-control",
                                                   "pragma",
                                                   "range",
                                                   "if-match",
                                                   "if-none-match",
                                                   "if-modified-since",
                                                   "if-unmodified-since",
                                                   "if-range",
                                                   "authorization",
                                                   "proxy-authorization",
                                                   "proxy-authenticate",
                                                   "www-authenticate",
                                                   "cookie",
                                                   "set-cookie",
                                                   "age",
                                                   "date",
                                                   "expires",
                                                   "location",
                                                   "retry-after",
                                                   "vary",
                                                   "warning",
                                                   "content-encoding",
                                                   "content-type",
                                                   "content-range",
                                                   "content-location",
                                                   "accept-encoding"};
  return std::any_of(names.begin(), names.end(), [&](auto x) { return http::equals_ignoring_case(x, name); });
}

std::optional<http::version> read_version(std::string_view x) noexcept {
  if (x.size() < 8 || !x.starts_with("HTTP/1.") || x[7] < '0' || x[7] > '9')
    return std::nullopt;
  return x[7] == '0' ? http::version::http1_0 : http::version::http1_1;
}

bool is_target(std::string_view x) noexcept {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace sluice::http1
