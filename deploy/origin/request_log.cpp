#include "request_log.hpp"

#include "query.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace sluice::origin {

std::string head_json(const http1::request_begun& begun) {
  const auto& head = begun.head;
  std::string json = "\"method\":" + json_string(head.method) + ",\"target\":" + json_string(head.target)
                     + ",\"version\":" + json_string(http::to_string(begun.version)) + ",\"fields\":[";
  for (const auto& field : head.fields) {
    json += json.back() == '[' ? "[" : ",[";
    json += json_string(field.name) + "," + json_string(field.value) + "]";
  }
  return json + "]";
}

result_or_failure<std::unique_ptr<request_log>> request_log::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return failure{errc::invalid_configuration, caused_by::local,
                   "request_log_file: '" + path + "' cannot be written: " + std::strerror(errno)};
  return std::make_unique<request_log>(descriptor);
}

request_log::~request_log() { ::close(descriptor_); }

void request_log::write(std::string_view line) {
  std::lock_guard lock(mutex_);
  while (!line.empty()) {
    const auto n = ::write(descriptor_, line.data(), line.size());
    if (n < 0 && errno != EINTR)
      return;
    line.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
}

logged_request::logged_request(request_log& log, const http1::request_begun& begun)
  : log_(log), line_("{\"authority\":" + json_string(begun.head.authority) + "," + head_json(begun)) {}

void logged_request::add_body(std::span<const std::byte> bytes) {
  hash_.update(bytes);
  const auto n = std::min(bytes.size(), shown_bytes - shown_.size());
  shown_.append(reinterpret_cast<const char*>(bytes.data()), n);
}

logged_request::~logged_request() {
  line_ += complete_ ? ",\"complete\":true" : ",\"complete\":false";
  line_ += ",\"body_bytes\":" + std::to_string(hash_.bytes()) + ",\"body_hash\":\"" + hex(hash_.value())
           + "\",\"body\":" + json_string(shown_) + "}\n";
  log_.write(line_);
}

} // namespace sluice::origin
