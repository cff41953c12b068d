// HTTP/2 frames and header blocks as bytes (RFC 9113 §4.1, RFC 7541), unchecked: what a server that misbehaves is made
// of. Pure functions; a block written here touches nobody's dynamic table.
#pragma once

#include "answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::origin {

inline constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

namespace frames {

enum class type : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation
};
inline constexpr std::uint8_t end_stream = 1, ack = 1, end_headers = 4, padded = 8;

std::string frame(type kind, std::uint8_t flags, std::uint32_t stream, std::string_view payload);
std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags = 0);
std::string headers(std::uint32_t stream, std::string_view block, std::uint8_t flags = end_headers);
std::string continuation(std::uint32_t stream, std::string_view block, std::uint8_t flags = end_headers);
std::string rst_stream(std::uint32_t stream, std::uint32_t code);
std::string window_update(std::uint32_t stream, std::uint32_t increment);
std::string push_promise(std::uint32_t stream, std::uint32_t promised, std::string_view block);

/// Big-endian, as the protocol's numbers are.
std::string u32(std::uint32_t value);

/// A field line, literally and without indexing (RFC 7541 §6.2.2). The name should be in lower case.
std::string literal(std::string_view name, std::string_view value);
/// The same, but put into the dynamic table (§6.2.1); and a line by its index (§6.1).
std::string indexing_literal(std::string_view name, std::string_view value);
std::string indexed(std::uint32_t index);
/// A response's header block, with :status first, from literals only.
std::string block(const outgoing_head& head);

} // namespace frames

} // namespace sluice::origin
