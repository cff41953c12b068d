#include <sluice/protocols/uri/host.hpp>
#include <sluice/protocols/uri/idna.hpp>
#include <sluice/protocols/uri/ipv6.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::uri {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t name_limit = 253; // characters without the trailing dot: 255 bytes on the wire (RFC 1035 2.3.4)

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' || c == '_'
         || c == '~';
}

/// The value of two hexadecimal digits after a percent sign, or -1.
int percent_encoded(std::string_view text) {
  unsigned value = 0;
  if (text.size() < 3 || text[0] != '%' || text[1] == '-' || text[1] == '+')
    return -1;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + 3, value, 16);
  return problem == std::errc{} && end == text.data() + 3 ? static_cast<int>(value) : -1;
}

/// A part of an IPv4 address: decimal, octal after 0, hexadecimal after 0x. Larger values are all returned as 2^32.
std::optional<std::uint64_t> ipv4_number(std::string_view part) {
  constexpr std::uint64_t too_large = std::uint64_t{1} << 32;
  if (part.empty())
    return std::nullopt;
  unsigned base = 10;
  if (part.size() >= 2 && part[0] == '0') {
    base = part[1] == 'x' ? 16 : 8;
    part.remove_prefix(base == 16 ? 2 : 1);
  }
  std::uint64_t value = 0; // "0x" without digits is zero
  for (char c : part) {
    const unsigned digit = is_digit(c)            ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                                  : 16;
    if (digit >= base)
      return std::nullopt;
    value = std::min(value * base + digit, too_large);
  }
  return value;
}

std::string_view without_root_dot(std::string_view name) {
  if (name.size() > 1 && name.back() == '.')
    name.remove_suffix(1);
  return name;
}

/// Whether a resolver would read `name` as an IPv4 address, even as a malformed one.
bool ends_in_a_number(std::string_view name) {
  name = without_root_dot(name);
  const auto last = name.substr(name.rfind('.') + 1); // npos + 1 is 0
  return (!last.empty() && std::all_of(last.begin(), last.end(), is_digit)) || ipv4_number(last);
}

/// The dotted quad for a name that ends in a number. Each part but the last is one byte; the last part fills the rest.
std::optional<std::string> dotted_quad(std::string_view name) {
  name = without_root_dot(name);
  std::uint64_t address = 0;
  for (unsigned parts = 1;; ++parts) {
    const auto dot = name.find('.');
    const auto value = ipv4_number(name.substr(0, dot));
    if (!value || parts > 4)
      return std::nullopt;
    if (dot == npos) {
      const unsigned bits = 8 * (5 - parts);
      if (*value >> bits != 0)
        return std::nullopt;
      address = address << bits | *value;
      break;
    }
    if (*value > 255)
      return std::nullopt;
    address = address << 8 | *value;
    name.remove_prefix(dot + 1);
  }
  std::string result;
  for (int shift = 24; shift >= 0; shift -= 8)
    result += std::to_string(address >> shift & 0xff) + (shift > 0 ? "." : "");
  return result;
}

parsed_host refused(std::size_t at, std::string problem) { return {{}, std::move(problem), at, {}}; }

bool is_outside_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

parsed_host parse_bracketed(std::string_view text) {
  if (text.back() == ']')
    if (const auto address = parse_ipv6(text.substr(1, text.size() - 2)))
      return {ipv6_text(*address), {}, 0, {}};
  return refused(0, "has no valid IPv6 address in brackets; write one such as [::1], without a zone");
}

/// From a name without percent-encoding, in lower case, to the host.
parsed_host parse_name(std::string name) {
  if (ends_in_a_number(name)) {
    auto address = dotted_quad(name);
    if (!address)
      return refused(0, "ends in a number but is no IPv4 address; write four numbers from 0 to 255 with dots between");
    return {*std::move(address), {}, 0, {}};
  }
  if (name.front() == '.' || name.find("..") != npos)
    return refused(0, "has an empty label: a dot at its beginning, or two dots in a row");
  if (const auto size = without_root_dot(name).size(); size > name_limit)
    return refused(0, "has " + std::to_string(size) + " characters; at most " + std::to_string(name_limit)
                          + " are allowed (RFC 1035)");
  return {std::move(name), {}, 0, {}};
}

parsed_host parse_international(std::string name) {
  auto ascii = to_ascii(name);
  if (!ascii)
    return refused(0, std::move(ascii.problem));
  // Characters outside ASCII may stand for others: a full-width '%' or '/' becomes the plain one.
  if (!std::all_of(ascii.text.begin(), ascii.text.end(), is_name_character))
    return refused(0, "has a character outside ASCII that stands for one that no name holds");
  auto result = parse_name(std::move(ascii.text));
  if (result)
    result.written = std::move(name);
  return result;
}

} // namespace

parsed_host parse_host(std::string_view text) {
  if (text.empty())
    return refused(0, "is empty");
  if (text.front() == '[')
    return parse_bracketed(text);
  std::string name;
  bool international = false;
  name.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    const auto at = i;
    if (const int decoded = percent_encoded(text.substr(i)); decoded >= 0) {
      c = static_cast<char>(decoded);
      i += 2;
      if (!is_name_character(c) && !is_outside_ascii(c))
        return refused(at, "has a percent-encoded character that no name holds");
    } else if (!is_name_character(c) && !is_outside_ascii(c)) {
      return refused(at, "has a character that no name holds; letters, digits, '-', '.', '_' and '~' are allowed");
    }
    international = international || is_outside_ascii(c);
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return international ? parse_international(std::move(name)) : parse_name(std::move(name));
}

std::string bracketed(std::string_view host) {
  return host.find(':') == npos ? std::string{host} : "[" + std::string{host} + "]";
}

std::optional<std::string> canonical_authority(std::string_view text) {
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == npos)
    return std::nullopt;
  const auto colon = std::min(text.find(':', bracket), text.size());
  const auto host = parse_host(text.substr(0, colon));
  if (!host)
    return std::nullopt;
  auto result = bracketed(host.text);
  const auto port = text.substr(std::min(colon + 1, text.size()));
  if (port.empty())
    return result;
  std::uint16_t value = 0;
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (problem != std::errc{} || end != port.data() + port.size())
    return std::nullopt;
  return result += ":" + std::to_string(value);
}

} // namespace sluice::uri
