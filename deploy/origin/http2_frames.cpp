#include "http2_frames.hpp"

#include <algorithm>

namespace sluice::origin {

namespace {

std::string lower(std::string x) {
  std::transform(x.begin(), x.end(), x.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return x;
}

/// An integer behind `bits` bits of prefix (RFC 7541 §5.1).
std::string number(std::uint8_t first, int bits, std::size_t n) {
  const std::size_t most = (1u << bits) - 1;
  if (n < most)
    return {static_cast<char>(first | n)};
  std::string result{static_cast<char>(first | most)};
  for (n -= most; n >= 128; n /= 128)
    result += static_cast<char>(128 | (n % 128));
  return result + static_cast<char>(n);
}

std::string plain_string(std::string_view x) { return number(0, 7, x.size()).append(x); }

} // namespace

namespace frames {

std::string u32(std::uint32_t x) {
  return {static_cast<char>(x >> 24), static_cast<char>(x >> 16), static_cast<char>(x >> 8), static_cast<char>(x)};
}

std::string frame(type kind, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  auto result = u32(static_cast<std::uint32_t>(payload.size())).substr(1);
  result += static_cast<char>(kind);
  result += static_cast<char>(flags);
  return result.append(u32(stream)).append(payload);
}

std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags) {
  return frame(type::data, flags, stream, content);
}
std::string headers(std::uint32_t stream, std::string_view block, std::uint8_t flags) {
  return frame(type::headers, flags, stream, block);
}
std::string continuation(std::uint32_t stream, std::string_view block, std::uint8_t flags) {
  return frame(type::continuation, flags, stream, block);
}
std::string rst_stream(std::uint32_t stream, std::uint32_t code) {
  return frame(type::rst_stream, 0, stream, u32(code));
}
std::string window_update(std::uint32_t stream, std::uint32_t increment) {
  return frame(type::window_update, 0, stream, u32(increment));
}
std::string push_promise(std::uint32_t stream, std::uint32_t promised, std::string_view block) {
  return frame(type::push_promise, end_headers, stream, u32(promised).append(block));
}

std::string literal(std::string_view name, std::string_view value) {
  return number(0, 4, 0) + plain_string(name) + plain_string(value);
}
std::string indexing_literal(std::string_view name, std::string_view value) {
  return number(0x40, 6, 0) + plain_string(name) + plain_string(value);
}
std::string indexed(std::uint32_t index) { return number(0x80, 7, index); }

std::string block(const outgoing_head& x) {
  auto result = literal(":status", std::to_string(x.status));
  for (const auto& field : http2_fields(x))
    result += literal(field.name, field.value);
  return result;
}

} // namespace frames

http::fields http2_fields(const outgoing_head& x) {
  http::fields result;
  for (const auto& field : x.fields)
    result.add(lower(field.name), field.value);
  if (x.framing.how == http1::body_framing::kind::length)
    result.add("content-length", std::to_string(x.framing.length));
  return result;
}

} // namespace sluice::origin
