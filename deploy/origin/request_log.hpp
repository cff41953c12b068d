// A file to which the origin appends one line of JSON for each request with its body, for comparing what clients send.
// Knows no socket and no answer.
#pragma once

#include "content.hpp"

#include <sluice/protocols/failure.hpp>
#include <sluice/protocols/http1/request_parser.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace sluice::origin {

/// Members of a JSON object, without its braces: method, target, version and fields as they came.
std::string head_json(const http1::request_begun& begun);

/// Thread-safe: any number of connections write to it. Blocks the calling thread while it writes.
class request_log {
public:
  /// Appends to what the file has.
  static result_or_failure<std::unique_ptr<request_log>> open(const std::string& path);
  explicit request_log(int descriptor) noexcept : descriptor_(descriptor) {}
  ~request_log();
  request_log(const request_log&) = delete;
  request_log& operator=(const request_log&) = delete;

  /// A line that cannot be written, to a full disk for example, is lost.
  void write(std::string_view line);

private:
  std::mutex mutex_;
  int descriptor_;
};

/// One request, from its head to its end. Its line is written when this is destroyed.
class logged_request {
public:
  static constexpr std::size_t shown_bytes = 4096; ///< of a body, that are written as text; the rest is only hashed
  logged_request(request_log& log, const http1::request_begun& begun);
  ~logged_request();
  logged_request(const logged_request&) = delete;
  logged_request& operator=(const logged_request&) = delete;

  void add_body(std::span<const std::byte> bytes);
  /// The body's end has come. Without this the line says "complete":false.
  void complete() { complete_ = true; }

private:
  request_log& log_;
  std::string line_, shown_;
  hasher hash_;
  bool complete_ = false;
};

} // namespace sluice::origin
