#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::uri {

namespace {

failure invalid(std::string_view text, std::string what) {
  constexpr std::size_t shown = 200;
  std::string quoted;
  for (char c : text.substr(0, shown))
    quoted += c >= 0x20 && c < 0x7f ? c : '?';
  return {errc::invalid_url, caused_by::local,
          "the URL '" + quoted + (text.size() > shown ? "…" : "") + "' " + std::move(what)};
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
bool is_sub_delim(char c) { return std::string_view{"!$&'()*+,;="}.find(c) != std::string_view::npos; }

std::string lowered(std::string_view x) {
  std::string result{x};
  for (char& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + 32);
  return result;
}

/// The position of the first character that no URL may hold, or npos.
std::size_t first_bad_character(std::string_view x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const char c = x[i];
    if (c == '%') {
      if (i + 2 >= x.size() || !is_hex(x[i + 1]) || !is_hex(x[i + 2]))
        return i;
    } else if (!is_unreserved(c) && !is_sub_delim(c) && std::string_view{":/?#[]@|\"<>\\^`{}"}.find(c) == std::string_view::npos) {
      return i; // the last few are not RFC 3986's, but servers and browsers use them in queries
    } else if (std::string_view{"\"<>\\^`"}.find(c) != std::string_view::npos) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// IPv6address of RFC 3986 §3.2.2 (no zone).
bool is_ipv6(std::string_view x) {
  int groups = 0;
  bool gap = false;
  std::size_t i = 0;
  if (x.substr(0, 2) == "::") {
    gap = true;
    i = 2;
  } else if (x.empty() || x.front() == ':') {
    return false;
  }
  while (i < x.size()) {
    auto end = std::min(x.find(':', i), x.size());
    auto part = x.substr(i, end - i);
    if (part.find('.') != std::string_view::npos) { // the last 32 bits as IPv4
      int octets = 0;
      std::size_t j = 0;
      while (j <= part.size()) {
        auto stop = std::min(part.find('.', j), part.size());
        auto octet = part.substr(j, stop - j);
        int value = 0;
        auto [end_of, error] = std::from_chars(octet.data(), octet.data() + octet.size(), value);
        if (octet.empty() || octet.size() > 3 || error != std::errc{} || end_of != octet.data() + octet.size() || value > 255)
          return false;
        ++octets;
        j = stop + 1;
      }
      groups += 2;
      return end == x.size() && octets == 4 && (gap ? groups < 8 : groups == 8);
    }
    if (part.empty() || part.size() > 4 || !std::all_of(part.begin(), part.end(), is_hex))
      return false;
    ++groups;
    if (end == x.size())
      break;
    i = end + 1;
    if (i == x.size())
      return false; // a lone trailing colon
    if (x[i] == ':') {
      if (gap)
        return false;
      gap = true;
      ++i;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

} // namespace

std::string url::authority() const {
  auto result = bracketed(host);
  if (port != (secure() ? 443 : 80))
    result += ":" + std::to_string(port);
  return result;
}

std::string url::origin() const { return scheme + "://" + bracketed(host) + ":" + std::to_string(port); }

result_or_failure<url> parse(std::string_view text) {
  if (text.empty())
    return invalid(text, "is empty; write one such as http://example.org/");
  if (text.size() > url_limit_bytes)
    return invalid(text, "is longer than " + std::to_string(url_limit_bytes) + " bytes");
  if (auto i = first_bad_character(text); i != std::string_view::npos) {
    auto at = "has a character at position " + std::to_string(i + 1) + " that a URL must not hold";
    if (text[i] == '%')
      return invalid(text, "has a '%' at position " + std::to_string(i + 1) + " without two hexadecimal digits after it; write %25 for a percent sign");
    if (static_cast<unsigned char>(text[i]) >= 0x80)
      return invalid(text, at + "; percent-encode it, or use the punycode form (xn--…) in a host name");
    return invalid(text, at + "; percent-encode it (a space is %20)");
  }
  auto colon = text.find("://");
  if (colon == std::string_view::npos)
    return invalid(text, "has no scheme; did you mean http://" + std::string{text.substr(0, 100)} + "?");
  url result;
  result.scheme = lowered(text.substr(0, colon));
  if (result.scheme != "http" && result.scheme != "https")
    return invalid(text, "has the scheme '" + result.scheme + "'; only http and https are supported");
  result.port = result.secure() ? 443 : 80;

  auto rest = text.substr(colon + 3);
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return invalid(text, "carries user information before '@', which sluice does not send; give an Authorization header instead");

  std::string_view host = authority, port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    auto close = authority.find(']');
    if (close == std::string_view::npos || !is_ipv6(authority.substr(1, close - 1)))
      return invalid(text, "has no valid IPv6 address between '[' and ']'");
    host = authority.substr(1, close - 1);
    auto after = authority.substr(close + 1);
    if (!after.empty() && after.front() != ':')
      return invalid(text, "has something other than ':port' after ']'");
    has_port = !after.empty();
    port = has_port ? after.substr(1) : after;
  } else {
    if (auto i = authority.find(':'); i != std::string_view::npos) {
      host = authority.substr(0, i);
      port = authority.substr(i + 1);
      has_port = true;
    }
    if (!std::all_of(host.begin(), host.end(), [](char c) { return is_unreserved(c); }))
      return invalid(text, "has a host name with characters other than letters, digits, '-', '.', '_' and '~'");
    if (host.size() > 253)
      return invalid(text, "has a host name longer than 253 characters");
  }
  if (host.empty())
    return invalid(text, "has no host");
  result.host = lowered(host);
  if (has_port && !port.empty()) {
    unsigned value = 0;
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (error != std::errc{} || end != port.data() + port.size() || value == 0 || value > 65535)
      return invalid(text, "has the port '" + std::string{port.substr(0, 20)} + "'; a port is a number from 1 to 65535");
    result.port = static_cast<std::uint16_t>(value);
  }
  rest = rest.substr(0, rest.find('#'));
  result.target = rest.empty() ? "/" : rest.front() == '?' ? "/" + std::string{rest} : std::string{rest};
  return result;
}

} // namespace sluice::uri
