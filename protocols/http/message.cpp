#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <array>

namespace sluice::http {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view{"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

} // namespace

void fields::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string{name}, std::move(value));
}

void fields::remove(std::string_view name) {
  std::erase_if(lines_, [&](const field& line) { return equals_ignoring_case(line.name, name); });
}

const field* fields::find(std::string_view name) const {
  auto i = std::find_if(lines_.begin(), lines_.end(),
                        [&](const field& line) { return equals_ignoring_case(line.name, name); });
  return i == lines_.end() ? nullptr : &*i;
}

std::optional<std::string_view> fields::get(std::string_view name) const {
  if (const auto* line = find(name))
    return line->value;
  return std::nullopt;
}

std::string fields::combined(std::string_view name) const {
  std::string result;
  bool first = true;
  for (const auto& line : lines_) {
    if (!equals_ignoring_case(line.name, name))
      continue;
    if (!first)
      result += ", ";
    result += line.value;
    first = false;
  }
  return result;
}

const char* to_string(version protocol_version) noexcept {
  switch (protocol_version) {
    case version::http1_0: return "HTTP/1.0";
    case version::http1_1: return "HTTP/1.1";
    case version::http2: return "HTTP/2";
    case version::http3: return "HTTP/3";
  }
  return "unknown";
}

std::string to_string(priority value) {
  return "u=" + std::to_string(value.urgency < 7 ? value.urgency : 7) + (value.incremental ? ", i" : "");
}

bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string lower_case(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_characters[static_cast<unsigned char>(c)];
  });
}

bool is_field_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    auto u = static_cast<unsigned char>(c);
    return u == '\t' || (u >= 0x20 && u != 0x7f);
  });
}

bool is_safe(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

bool is_idempotent(std::string_view method) noexcept {
  return is_safe(method) || method == "PUT" || method == "DELETE";
}

bool has_no_body(std::string_view request_method, std::uint16_t status) noexcept {
  return request_method == "HEAD" || status / 100 == 1 || status == 204 || status == 304
         || (request_method == "CONNECT" && status / 100 == 2);
}

} // namespace sluice::http
