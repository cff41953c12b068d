#include "file_name.hpp"

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace sluice::command {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// The code point at `at` and how many bytes it has; 0 bytes: that is no UTF-8 (RFC 3629).
struct code_point {
  std::uint32_t value = 0;
  std::size_t bytes = 0;
};
code_point code_point_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t n = lead < 0x80 ? 1 : (lead >> 5) == 0x6 ? 2 : (lead >> 4) == 0xe ? 3 : (lead >> 3) == 0x1e ? 4 : 0;
  if (n == 0 || at + n > text.size())
    return {};
  std::uint32_t value = n == 1 ? lead : lead & (0x7fu >> n);
  for (std::size_t i = 1; i < n; ++i) {
    if (!continues(text[at + i]))
      return {};
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return value < least[n] || value > 0x10ffff || surrogate ? code_point{} : code_point{value, n};
}

/// Controls, and characters that make a terminal show a name in another order than it has.
bool hides(std::uint32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x200e || character == 0x200f
         || (character >= 0x2028 && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069)
         || character == 0xfeff;
}

std::string cleaned(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = code_point_at(text, at);
    const auto n = std::max<std::size_t>(character.bytes, 1);
    if (result.size() + n > file_name_bytes_max)
      break;
    if (character.bytes == 0 || hides(character.value))
      result += '_';
    else
      result.append(text.substr(at, n));
    at += n;
  }
  return result;
}

/// As a plain name, which is no hidden file; nothing if there is nothing left of it.
std::optional<std::string> usable(std::string_view text) {
  if (const auto slash = text.find_last_of("/\\"); slash != std::string_view::npos)
    text.remove_prefix(slash + 1);
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos)
    return {};
  auto name = cleaned(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
  if (name.find_first_not_of("._") == std::string::npos)
    return {};
  if (name.front() == '.')
    name.front() = '_';
  return name;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// ext-value = charset "'" [ language ] "'" value-chars (RFC 8187 section 3.2.1), as UTF-8.
std::optional<std::string> extended(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos)
    return {};
  const auto charset = text.substr(0, first);
  const bool latin = http::equals_ignoring_case(charset, "ISO-8859-1");
  if (!latin && !http::equals_ignoring_case(charset, "UTF-8"))
    return {};
  std::string result;
  for (auto i = second + 1; i < text.size(); ++i) {
    int byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
      if (low < 0)
        return {};
      byte = high * 16 + low;
      i += 2;
    }
    if (latin && byte >= 0x80) {
      result += static_cast<char>(0xc0 | byte >> 6);
      result += static_cast<char>(0x80 | (byte & 0x3f));
    } else {
      result += static_cast<char>(byte);
    }
  }
  return result;
}

struct parameter {
  std::string_view name;
  std::string value;
  bool quoted = false;
};

/// Takes one parameter and the ';' before it off the front of `text` (RFC 9110 section 5.6.6).
parameter take_parameter(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of("; \t"), text.size());
  text.remove_prefix(begin);
  const auto end = std::min(text.find_first_of("=;"), text.size());
  parameter result{text.substr(0, end), {}, false};
  while (!result.name.empty() && is_blank(result.name.back()))
    result.name.remove_suffix(1);
  text.remove_prefix(end);
  if (text.empty() || text.front() == ';')
    return result;
  text.remove_prefix(std::min(text.find_first_not_of(" \t", 1), text.size()));
  if (text.empty() || text.front() != '"') {
    auto value = text.substr(0, std::min(text.find(';'), text.size()));
    text.remove_prefix(value.size());
    while (!value.empty() && is_blank(value.back()))
      value.remove_suffix(1);
    result.value = value;
    return result;
  }
  result.quoted = true;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    // A backslash before another character than these two is meant as one: "C:\file" is what some servers send.
    if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\'))
      ++at;
    result.value += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  text.remove_prefix(std::min(text.find(';'), text.size())); // whatever stands between a string and the next ';'
  return result;
}

} // namespace

std::string file_name_of_url(std::string_view url) {
  auto path = url.substr(0, url.find_first_of("?#"));
  const auto scheme = path.find("://");
  const auto authority = scheme == std::string_view::npos ? 0 : scheme + 3;
  path.remove_prefix(std::min(path.find('/', authority), path.size()));
  while (!path.empty() && path.back() == '/')
    path.remove_suffix(1);
  const auto slash = path.rfind('/');
  auto name = cleaned(slash == std::string_view::npos ? path : path.substr(slash + 1));
  std::replace(name.begin(), name.end(), '\\', '_');
  return name.empty() || name == "." || name == ".." ? std::string{nameless} : name;
}

std::optional<std::string> file_name_of_disposition(std::string_view field) {
  field.remove_prefix(std::min(field.find(';'), field.size())); // the disposition type does not matter here
  std::optional<std::string> plain;
  while (!field.empty()) {
    const auto parameter = take_parameter(field);
    if (http::equals_ignoring_case(parameter.name, "filename*") && !parameter.quoted) {
      const auto text = extended(parameter.value);
      if (auto name = text ? usable(*text) : std::nullopt)
        return name;
    } else if (http::equals_ignoring_case(parameter.name, "filename") && !plain) {
      plain = usable(parameter.value);
    }
  }
  return plain;
}

} // namespace sluice::command
