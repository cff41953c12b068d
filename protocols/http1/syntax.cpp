#include <sluice/protocols/http/message.hpp>
#include <sluice/protocols/http1/syntax.hpp>

#include <array>

namespace sluice::http1 {

std::string quoted(std::string_view text) {
  std::string result = "'";
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    result += "***";
    text.remove_prefix(at);
  }
  for (char c : text.substr(0, 60))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return result + (text.size() > 60 ? "...'" : "'");
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
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
  return std::any_of(names.begin(), names.end(),
                     [&](auto forbidden) { return http::equals_ignoring_case(forbidden, name); });
}

std::optional<http::version> read_version(std::string_view text) noexcept {
  if (text.size() < 8 || !text.starts_with("HTTP/1.") || text[7] < '0' || text[7] > '9')
    return std::nullopt;
  return text[7] == '0' ? http::version::http1_0 : http::version::http1_1;
}

bool is_target(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace sluice::http1
