#include "percent_coding.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

namespace sluice::command {

namespace {

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

} // namespace

std::string percent_encode(std::string_view bytes, space how) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string result;
  result.reserve(bytes.size());
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (is_unreserved(c))
      result += c;
    else if (c == ' ' && how == space::as_plus)
      result += '+';
    else
      (result += '%').append({digits[value >> 4], digits[value & 15]});
  }
  return result;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
      return std::nullopt;
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    result += static_cast<char>(static_cast<unsigned char>(value));
    i += 2;
  }
  return result;
}

} // namespace sluice::command
