#include "query.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sluice::origin {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

} // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
  auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (problem != std::errc{} || suffix.size() > 1)
    return std::nullopt;
  unsigned shift = 0;
  if (!suffix.empty()) {
    const auto place = std::string_view("kmgt").find(static_cast<char>(suffix[0] | 0x20));
    if (place == std::string_view::npos)
      return std::nullopt;
    shift = 10 * (static_cast<unsigned>(place) + 1);
  }
  if (n > (static_cast<std::uint64_t>(INT64_MAX) >> shift))
    return std::nullopt;
  return n << shift;
}

query::query(std::string_view target) {
  const auto mark = std::min(target.find('?'), target.size());
  path_ = decoded(target.substr(0, mark));
  target.remove_prefix(std::min(mark + 1, target.size()));
  while (!target.empty()) {
    const auto one = target.substr(0, target.find('&'));
    target.remove_prefix(std::min(one.size() + 1, target.size()));
    const auto equals = std::min(one.find('='), one.size());
    parameters_.emplace_back(decoded(one.substr(0, equals)), decoded(one.substr(std::min(equals + 1, one.size()))));
  }
}

const std::string* query::find(std::string_view name) const {
  for (const auto& [key, value] : parameters_)
    if (key == name)
      return &value;
  return nullptr;
}

std::string query::text(std::string_view name, std::string_view otherwise) const {
  const auto* value = find(name);
  return value != nullptr ? *value : std::string(otherwise);
}

std::uint64_t query::number(std::string_view name, std::uint64_t otherwise) const {
  const auto* value = find(name);
  if (value == nullptr)
    return otherwise;
  if (const auto n = parse_count(*value))
    return *n;
  bad_ = std::string(name) + "=" + *value;
  return otherwise;
}

bool query::flag(std::string_view name) const {
  const auto* value = find(name);
  return value != nullptr && *value != "0";
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte > 0x7e) {
      result += "\\u00";
      result += "0123456789abcdef"[byte >> 4];
      result += "0123456789abcdef"[byte & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

} // namespace sluice::origin
