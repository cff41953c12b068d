#include <sluice/protocols/uri/ipv6.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace sluice::uri {

namespace {

constexpr auto npos = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string lowered(std::string_view x) {
  std::string result{x};
  for (char& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

/// What stands before the path: where user information, host and port are.
std::string_view before_path(std::string_view x) {
  const auto mark = x.find("//");
  const auto from = mark == npos ? 0 : mark + 2;
  return x.substr(0, std::min(x.find_first_of("/?#", from), x.size()));
}

/// `text` for an error message: printable, short, and without a password.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string result;
  if (const auto at = before_path(text).rfind('@'); at != npos) {
    const auto mark = text.find("//");
    result = std::string{text.substr(0, mark == npos || mark > at ? 0 : mark + 2)} + "***";
    text.remove_prefix(at);
  }
  for (char c : text.substr(0, longest))
    result += c >= 0x20 && c < 0x7f ? c : '?';
  return text.size() > longest ? result + "..." : result;
}

failure invalid(std::string_view text, const std::string& what) {
  return {errc::invalid_url, caused_by::local, "the URL '" + shown(text) + "' " + what};
}

/// " at character N", counted from 1, where `part` begins inside `text`.
std::string at(std::string_view text, std::string_view part) {
  return " at character " + std::to_string(part.data() - text.data() + 1);
}

/// The first character that may stand nowhere in a URL, as an error.
std::optional<failure> check_characters(std::string_view text) {
  if (text.size() > url_limit_bytes)
    return invalid(text, "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(url_limit_bytes)
                             + " are accepted");
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto where = [&] { return at(text, text.substr(i)); };
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        return invalid(text, "has a '%'" + where()
                                 + " without two hexadecimal digits after it; write %25 for a percent sign");
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      return invalid(text, "has a character outside ASCII" + where()
                               + "; percent-encode it, or in a host name use the punycode form (xn--...)");
    } else if (c == ' ') {
      return invalid(text, "has a space" + where() + "; write %20 for a space");
    } else if (c < 0x20 || c == 0x7f) {
      return invalid(text, "has a control character" + where() + "; remove it, or percent-encode it");
    } else if (std::string_view{"\"<>\\^`"}.find(c) != npos) {
      return invalid(text, std::string{"has the character "} + c + where() + "; percent-encode it");
    }
  }
  return std::nullopt;
}

/// The scheme that `text` begins with (RFC 3986 §3.1), without its colon; empty if it has none.
std::string_view scheme_of(std::string_view text) {
  const auto scheme = text.substr(0, std::min(text.find_first_of(":/?#"), text.size()));
  if (scheme.empty() || scheme.size() == text.size() || text[scheme.size()] != ':' || !is_alpha(scheme.front()))
    return {};
  const bool valid = std::all_of(scheme.begin(), scheme.end(),
                                 [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return valid ? scheme : std::string_view{};
}

/// Why `text` does not begin with http:// or https://, and what to write instead.
failure no_usable_scheme(std::string_view text, std::string_view scheme) {
  const auto after = scheme.empty() ? text : text.substr(scheme.size() + 1);
  const auto name = lowered(scheme);
  if (name == "http" || name == "https")
    return invalid(text, "lacks '//'" + at(text, after) + "; write " + name + "://host/path");
  // "localhost:8080/x" has the shape of a scheme, but its author meant a port.
  const bool port = !after.empty() && is_digit(after.front());
  if (!scheme.empty() && !port)
    return invalid(text, "has the scheme '" + shown(name) + "', which is unsupported; only http and https are");
  const auto slashes = text.substr(0, 2) == "//" ? "http:" : "http://";
  return invalid(text, "has no scheme; did you mean " + (slashes + shown(text)) + " ?");
}

/// port of RFC 3986 §3.2.3; an empty one means the default and is left as it is.
std::optional<failure> read_port(std::string_view text, std::string_view port, std::uint16_t& result) {
  if (port.empty())
    return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (error != std::errc{} || end != port.data() + port.size() || value == 0 || value > 65535)
    return invalid(text,
                   "has the port '" + shown(port) + "'" + at(text, port) + "; a port is a number from 1 to 65535");
  result = static_cast<std::uint16_t>(value);
  return std::nullopt;
}

/// Takes host[:port] apart into `result` (RFC 3986 §3.2).
std::optional<failure> read_authority(std::string_view text, std::string_view authority, url& result) {
  if (authority.find('@') != npos)
    return invalid(text, "carries a user name or password" + at(text, authority)
                             + ", which sluice does not send from a URL; give an Authorization header instead");
  std::string_view host, after;
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    host = authority.substr(1, close == npos ? npos : close - 1);
    if (close == npos || !is_ipv6(host))
      return invalid(text, "has no valid IPv6 address in brackets" + at(text, authority)
                               + "; write one such as [::1], without a zone");
    after = authority.substr(close + 1);
    if (!after.empty() && after.front() != ':')
      return invalid(text, "has something other than ':port'" + at(text, after) + ", after the ']'");
  } else {
    host = authority.substr(0, std::min(authority.find(':'), authority.size()));
    after = authority.substr(host.size());
    if (after.rfind(':') != npos && after.rfind(':') != 0)
      return invalid(text, "has a second ':'" + at(text, after.substr(after.rfind(':')))
                               + "; write an IPv6 address in brackets, and the port after them");
    const auto bad = std::find_if_not(host.begin(), host.end(), is_unreserved);
    if (bad != host.end())
      return invalid(text, std::string{"has the character "} + *bad
                               + at(text, host.substr(static_cast<std::size_t>(bad - host.begin())))
                               + " in its host name; letters, digits, '-', '.', '_' and '~' may stand there");
    if (host.size() > 253) // RFC 1035 §2.3.4
      return invalid(text, "has a host name of " + std::to_string(host.size()) + " characters" + at(text, host)
                               + "; at most 253 are possible");
  }
  if (host.empty())
    return invalid(text, "has no host" + at(text, authority) + "; write one after '//', such as http://example.org/");
  result.host = lowered(host);
  return read_port(text, after.empty() ? after : after.substr(1), result.port);
}

/// remove_dot_segments of RFC 3986 §5.2.4, for a path that begins with '/'.
std::string without_dot_segments(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    path.remove_prefix(segment.size());
    if (segment == "..")
      result.erase(std::min(result.rfind('/'), result.size()));
    else if (segment != ".")
      result.append("/").append(segment);
    if (path.empty() && (segment == "." || segment == ".."))
      result += '/';
  }
  return result.empty() ? "/" : result;
}

std::string_view without_fragment(std::string_view x) { return x.substr(0, std::min(x.find('#'), x.size())); }
std::string_view path_of(std::string_view x) { return x.substr(0, std::min(x.find('?'), x.size())); }

std::string bracketed(const std::string& host) { return host.find(':') == npos ? host : "[" + host + "]"; }

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
  if (auto wrong = check_characters(text))
    return *wrong;
  const auto scheme = scheme_of(text);
  url result;
  result.scheme = lowered(scheme);
  if ((result.scheme != "http" && result.scheme != "https") || text.substr(scheme.size(), 3) != "://")
    return no_usable_scheme(text, scheme);
  result.port = result.secure() ? 443 : 80;

  auto rest = text.substr(scheme.size() + 3);
  const auto authority = rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
  if (auto wrong = read_authority(text, authority, result))
    return *wrong;
  rest = without_fragment(rest.substr(authority.size()));
  const auto path = path_of(rest);
  result.target = without_dot_segments(path).append(rest.substr(path.size()));
  return result;
}

result_or_failure<url> resolve(const url& base, std::string_view reference) {
  if (auto wrong = check_characters(reference))
    return *wrong;
  if (!scheme_of(reference).empty())
    return parse(reference);
  if (reference.substr(0, 2) == "//")
    return parse(base.scheme + ":" + std::string{reference});
  reference = without_fragment(reference);
  const auto base_path = path_of(base.target);
  std::string target;
  if (reference.empty())
    target = base.target;
  else if (reference.front() == '/')
    target = reference;
  else if (reference.front() == '?')
    target = std::string{base_path}.append(reference);
  else // merge, §5.2.3: the base without its last segment
    target = std::string{base_path.substr(0, base_path.rfind('/') + 1)}.append(reference);
  return parse(base.scheme + "://" + base.authority() + target);
}

} // namespace sluice::uri
