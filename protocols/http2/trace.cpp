#include <sluice/protocols/http2/session_impl.hpp>

namespace sluice::http2 {

const char* frame_name(std::uint8_t type) noexcept {
  constexpr const char* names[] = {"DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
                                   "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
  return type < std::size(names) ? names[type] : "unknown";
}

const char* error_name(std::uint32_t code) noexcept { return nghttp2_http2_strerror(code); }

void engine::session::trace_frame(const char* which, const nghttp2_frame& frame) {
  auto line = std::string{which} + ' ' + frame_name(frame.hd.type);
  if (frame.hd.stream_id > 0)
    line += " stream " + std::to_string(static_cast<std::uint32_t>(frame.hd.stream_id));
  if (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS)
    line += ", " + std::to_string(frame.hd.length) + " bytes";
  if (frame.hd.type == NGHTTP2_WINDOW_UPDATE)
    line += ", increment " + std::to_string(static_cast<std::uint32_t>(frame.window_update.window_size_increment));
  if (frame.hd.type == NGHTTP2_RST_STREAM)
    line += std::string{", "} + error_name(frame.rst_stream.error_code);
  if (frame.hd.type == NGHTTP2_GOAWAY)
    line += std::string{", "} + error_name(frame.goaway.error_code);
  if ((frame.hd.type == NGHTTP2_SETTINGS || frame.hd.type == NGHTTP2_PING) && (frame.hd.flags & NGHTTP2_FLAG_ACK))
    line += " (ACK)";
  else if (frame.hd.type == NGHTTP2_SETTINGS)
    for (std::size_t i = 0; i < frame.settings.niv; ++i)
      line += (i ? ", " : ": ") + std::to_string(static_cast<std::uint32_t>(frame.settings.iv[i].settings_id)) + "="
              + std::to_string(frame.settings.iv[i].value);
  if ((frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM))
    line += ", END_STREAM";
  const auto* s = frame.hd.stream_id > 0 ? at(frame.hd.stream_id) : nullptr;
  sink_.on_trace(s ? s->index : UINT32_MAX, std::move(line));
}

} // namespace sluice::http2
