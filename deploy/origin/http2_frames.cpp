#include "http2_frames.hpp"

#include "field_lines.hpp"

namespace sluice::origin {

namespace {

std::string plain_string(std::string_view text) { return prefixed_integer(0, 7, text.size()).append(text); }

} // namespace

namespace frames {

std::string u32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
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
  return prefixed_integer(0, 4, 0) + plain_string(name) + plain_string(value);
}
std::string indexing_literal(std::string_view name, std::string_view value) {
  return prefixed_integer(0x40, 6, 0) + plain_string(name) + plain_string(value);
}
std::string indexed(std::uint32_t index) { return prefixed_integer(0x80, 7, index); }

std::string block(const outgoing_head& head) {
  std::string result;
  for (const auto& line : head_lines(head))
    result += literal(line.name, line.value);
  return result;
}

} // namespace frames

} // namespace sluice::origin
