#include "field_lines.hpp"

namespace sluice::origin {

http::fields lowered(const http::fields& fields) {
  http::fields result;
  for (const auto& field : fields)
    result.add(http::lower_case(field.name), field.value);
  return result;
}

http::fields head_lines(const outgoing_head& head) {
  http::fields result{{":status", std::to_string(head.status)}};
  for (const auto& field : head.fields)
    result.add(http::lower_case(field.name), field.value);
  if (head.framing.how == http1::body_framing::kind::length)
    result.add("content-length", std::to_string(head.framing.length));
  return result;
}

std::string prefixed_integer(std::uint8_t first, int bits, std::size_t n) {
  const std::size_t most = (1u << bits) - 1;
  if (n < most)
    return {static_cast<char>(first | n)};
  std::string result{static_cast<char>(first | most)};
  for (n -= most; n >= 128; n /= 128)
    result += static_cast<char>(128 | (n % 128));
  return result + static_cast<char>(n);
}

} // namespace sluice::origin
