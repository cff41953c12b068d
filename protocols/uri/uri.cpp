#include <sluice/protocols/uri/host.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

namespace sluice::uri {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t shown_limit = 260; // bytes of an authority in an error text: a name of 253 and a port

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_unreserved(char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string lowered(std::string_view text) {
  std::string result{text};
  for (char& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

bool is_outside_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// The host[:port] at the front of `text` if it consists of unreserved characters, and characters outside ASCII, and a
/// numeric port; otherwise empty.
std::string_view plain_authority(std::string_view text) {
  const auto authority = text.substr(0, std::min(text.find_first_of("/?#"), text.size()));
  const auto colon = std::min(authority.find(':'), authority.size());
  const bool plain =
      std::all_of(authority.begin(), authority.begin() + static_cast<std::ptrdiff_t>(colon),
                  [](char c) { return is_unreserved(c) || is_outside_ascii(c); })
      && std::all_of(authority.begin() + static_cast<std::ptrdiff_t>(std::min(colon + 1, authority.size())),
                     authority.end(), is_digit);
  return plain && authority.size() <= shown_limit ? authority : std::string_view{};
}

/// Whether `text` contains an '@', plain or percent-encoded, anywhere: then a part of it may be user information.
bool may_hold_a_password(std::string_view text) { return text.find('@') != npos || text.find("%40") != npos; }

/// With the bytes of characters outside ASCII percent-encoded: some of these control terminals.
std::string in_ascii(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (!is_outside_ascii(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return result;
}

/// The name of the URL in an error text. A malformed URL may contain a password at any place. Therefore only scheme,
/// host and port are repeated, and these only if no part of the text may be user information. Positions are given as
/// character numbers.
std::string named(std::string_view text) {
  const bool suspicious = may_hold_a_password(text);
  for (std::string_view scheme : {"http://", "https://"})
    if (!suspicious && text.size() > scheme.size() && lowered(text.substr(0, scheme.size())) == scheme)
      if (const auto authority = plain_authority(text.substr(scheme.size())); !authority.empty())
        return "the URL of " + std::string{scheme} + in_ascii(authority);
  return "the URL";
}

failure invalid(std::string_view text, const std::string& problem) {
  return {errc::invalid_url, caused_by::local, named(text) + " " + problem};
}

/// " at character N", counted from 1, where `part` begins inside `text`.
std::string at(std::string_view text, std::string_view part) {
  return " at character " + std::to_string(part.data() - text.data() + 1);
}

/// The part between "//" and the path, which alone may have characters outside ASCII: those of a name (IDNA).
std::string_view authority_in(std::string_view text) {
  const auto slashes = text.find_first_of("/?#");
  if (slashes == npos || text.substr(slashes, 2) != "//" || (slashes > 0 && text[slashes - 1] != ':'))
    return {};
  const auto rest = text.substr(slashes + 2);
  return rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
}

/// Reports the first character that is not allowed where it is in a URL.
std::optional<failure> check_characters(std::string_view text) {
  if (text.size() > url_limit_bytes)
    return invalid(text, "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(url_limit_bytes)
                             + " are accepted");
  const auto authority = authority_in(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool in_authority =
        text.data() + i >= authority.data() && text.data() + i < authority.data() + authority.size();
    const auto where = [&] { return at(text, text.substr(i)); };
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
        return invalid(text, "has a '%'" + where()
                                 + " without two hexadecimal digits after it; write %25 for a percent sign");
    } else if (is_outside_ascii(c)) {
      if (!in_authority)
        return invalid(text, "has a character outside ASCII" + where()
                                 + "; percent-encode it: only a host name may have such characters");
    } else if (c == ' ') {
      return invalid(text, "has a space" + where() + "; write %20 for a space");
    } else if (c < 0x20 || c == 0x7f) {
      return invalid(text, "has a control character" + where() + "; remove it, or percent-encode it");
    } else if (std::string_view{"\"<>\\^`"}.find(c) != npos) {
      return invalid(text, "has one of the characters \" < > \\ ^ `" + where() + "; percent-encode it");
    }
  }
  return std::nullopt;
}

/// The scheme at the front of `text` (RFC 3986 §3.1), without its colon; empty if there is none.
std::string_view scheme_of(std::string_view text) {
  const auto scheme = text.substr(0, std::min(text.find_first_of(":/?#"), text.size()));
  if (scheme.empty() || scheme.size() == text.size() || text[scheme.size()] != ':' || !is_alpha(scheme.front()))
    return {};
  const bool valid = std::all_of(scheme.begin(), scheme.end(),
                                 [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return valid ? scheme : std::string_view{};
}

/// The error for a `text` that does not begin with http:// or https://.
failure no_usable_scheme(std::string_view text, std::string_view scheme) {
  const auto after = scheme.empty() ? text : text.substr(scheme.size() + 1);
  const auto name = lowered(scheme);
  if (name == "http" || name == "https")
    return invalid(text, "lacks '//'" + at(text, after) + "; write " + name + "://host/path");
  // Name the scheme only if "//" follows it: in "localhost:8080/x" it is a host, in "user:password@host" a user name.
  if (!scheme.empty() && after.starts_with("//") && !may_hold_a_password(text))
    return invalid(text, "has the scheme '" + name.substr(0, 40) + "', which is unsupported; only http and https are");
  if (!scheme.empty() && (after.empty() || !is_digit(after.front())))
    return invalid(text, "has a scheme that is unsupported, or none; only http:// and https:// are supported");
  return invalid(text, text.starts_with("//") ? "has no scheme; write http: before it"
                                              : "has no scheme; write http:// before it");
}

/// Parses a port (RFC 3986 §3.2.3). An empty port means the default: `result` is not changed.
std::optional<failure> read_port(std::string_view text, std::string_view port, std::uint16_t& result) {
  if (port.empty())
    return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (error != std::errc{} || end != port.data() + port.size() || value == 0 || value > 65535)
    return invalid(text, "has an invalid port" + at(text, port) + "; a port is a number from 1 to 65535");
  result = static_cast<std::uint16_t>(value);
  return std::nullopt;
}

/// Parses host[:port] (RFC 3986 §3.2) into `result`.
std::optional<failure> read_authority(std::string_view text, std::string_view authority, url& result) {
  if (authority.find('@') != npos)
    return invalid(text, "carries a user name or password" + at(text, authority)
                             + ", which sluice does not send from a URL; give an Authorization header instead");
  const bool literal = authority.starts_with('[');
  const auto end = literal ? std::min(authority.find(']'), authority.size() - 1) + 1
                           : std::min(authority.find(':'), authority.size());
  const auto after = authority.substr(end);
  if (literal && !after.empty() && after.front() != ':')
    return invalid(text, "has something other than ':port'" + at(text, after) + ", after the ']'");
  if (!literal && after.rfind(':') != npos && after.rfind(':') != 0)
    return invalid(text, "has a second ':'" + at(text, after.substr(after.rfind(':')))
                             + "; write an IPv6 address in brackets, and the port after them");
  if (end == 0)
    return invalid(text, "has no host" + at(text, authority) + "; write one after '//', such as http://example.org/");
  auto host = parse_host(authority.substr(0, end));
  if (!host)
    return invalid(text, "has a host" + at(text, authority.substr(host.at)) + " that " + host.problem);
  result.host = std::move(host.text);
  result.written_host = std::move(host.written);
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

std::string_view without_fragment(std::string_view text) {
  return text.substr(0, std::min(text.find('#'), text.size()));
}
std::string_view path_of(std::string_view text) { return text.substr(0, std::min(text.find('?'), text.size())); }

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
  if (auto problem = check_characters(text))
    return *problem;
  const auto scheme = scheme_of(text);
  url result;
  result.scheme = lowered(scheme);
  if ((result.scheme != "http" && result.scheme != "https") || text.substr(scheme.size(), 3) != "://")
    return no_usable_scheme(text, scheme);
  result.port = result.secure() ? 443 : 80;

  auto rest = text.substr(scheme.size() + 3);
  const auto authority = rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
  if (auto problem = read_authority(text, authority, result))
    return *problem;
  rest = without_fragment(rest.substr(authority.size()));
  const auto path = path_of(rest);
  result.target = without_dot_segments(path).append(rest.substr(path.size()));
  return result;
}

result_or_failure<url> resolve(const url& base, std::string_view reference) {
  if (auto problem = check_characters(reference))
    return *problem;
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
  else // merge paths (§5.2.3): replace the last segment of the base
    target = std::string{base_path.substr(0, base_path.rfind('/') + 1)}.append(reference);
  return parse(base.scheme + "://" + base.authority() + target);
}

} // namespace sluice::uri
