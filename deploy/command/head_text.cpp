#include "head_text.hpp"

#include "saved_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <string_view>

namespace sluice::command {

std::string text_of(const http::response_head& head) {
  auto result =
      std::string{http::to_string(head.version)} + " " + std::to_string(head.status) + " " + head.reason + "\r\n";
  for (const auto& line : head.fields)
    result += line.name + ": " + line.value + "\r\n";
  return result + "\r\n";
}

failure head_file::open(const std::string& path, bool create_directories) {
  path_ = path;
  if (path.empty() || path == "-")
    return {};
  if (create_directories)
    if (const int code = make_directories_of(path))
      return output_failure("'" + path + "' (-D)", code);
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0666);
  return fd_ < 0 ? output_failure("'" + path + "' (-D)", errno) : failure{};
}

failure head_file::add(std::string_view heads) {
  if (path_.empty())
    return {};
  if (path_ == "-") {
    std::cout << heads << std::flush;
    return std::cout ? failure{} : output_failure("standard output", EIO);
  }
  while (!heads.empty()) {
    const auto n = ::write(fd_, heads.data(), heads.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return output_failure("'" + path_ + "' (-D)", errno);
    heads.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

head_file::~head_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

} // namespace sluice::command
