#include "http3_frames.hpp"

#include "field_lines.hpp"

#include <algorithm>

namespace sluice::origin::frames3 {

std::string varint(std::uint64_t value, std::size_t least) {
  std::size_t size = value < 1u << 6 ? 1 : value < 1u << 14 ? 2 : value < 1u << 30 ? 4 : 8;
  size = std::max(size, least);
  std::string result(size, '\0');
  for (auto i = size; i-- > 0; value >>= 8)
    result[i] = static_cast<char>(value);
  result[0] = static_cast<char>(result[0] | (size == 1 ? 0 : size == 2 ? 0x40 : size == 4 ? 0x80 : 0xc0));
  return result;
}

std::string head(std::uint64_t type, std::uint64_t n) { return varint(type) + varint(n); }
std::string frame(std::uint64_t type, std::string_view payload) { return head(type, payload.size()).append(payload); }

std::string literal(std::string_view name, std::string_view value) {
  return prefixed_integer(0x20, 3, name.size()).append(name) + prefixed_integer(0, 7, value.size()).append(value);
}

std::string section(const outgoing_head& head) { return section(head_lines(head)); }

std::string section(const http::fields& fields) {
  std::string result(prefix);
  for (const auto& field : fields)
    result += literal(field.name, field.value);
  return result;
}

} // namespace sluice::origin::frames3
