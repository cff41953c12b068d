// Writes an answer as an HTTP/1.1 message (RFC 9112): heads as text, content plain or in chunks, trailers.
// Knows neither requests nor sockets.
#pragma once

#include "answer.hpp"

#include <string>
#include <string_view>

namespace sluice::origin {

class http1_writer {
public:
  /// `alternative`: Alt-Svc of every final head; empty: none. Outlives the writer.
  explicit http1_writer(std::string_view alternative) : alternative_(alternative) {}
  struct written {
    std::size_t bytes = 0, content = 0; // content is a part of bytes
    then next = then::more;
    std::chrono::milliseconds pause{0};
  };
  static constexpr std::size_t room_min = 4096;

  /// Writes at most out.size() bytes, which is at least room_min.
  written produce(answer& from, std::span<std::byte> out);
  /// For the next answer.
  void reset() { *this = http1_writer(alternative_); }

private:
  written pull_raw(std::span<std::byte> out);
  step pull_content(answer& from, std::span<std::byte> out, written& result);

  std::string_view alternative_;
  source_ptr raw_; // heads as well
  bool chunked_ = false;
  std::size_t chunk_ = 0;
};

/// A head as text; 400 for one that cannot be written.
std::string http1_text(const outgoing_head& outgoing);

} // namespace sluice::origin
