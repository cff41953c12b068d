#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::command {

namespace {

failure wrong(const std::string& option, const std::string& path, const std::string& why) {
  const auto name = path == "-" ? std::string{"standard input"} : "'" + path + "'";
  return {errc::invalid_configuration, caused_by::local, option + ": " + name + " " + why};
}

/// Appends what is there, up to the limit and one byte; an errno, or 0.
int read_all(int fd, std::string& to) {
  char buffer[16u << 10];
  for (;;) {
    const auto n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno;
    to.append(buffer, static_cast<std::size_t>(n));
    if (n == 0 || to.size() > input_file_limit_bytes)
      return 0;
  }
}

} // namespace

int unreadable(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || access(path.c_str(), R_OK) != 0)
    return errno;
  return S_ISDIR(info.st_mode) ? EISDIR : 0;
}

result_or_failure<std::string> read_input(const std::string& option, const std::string& path) {
  const bool standard_input = path == "-";
  const int fd = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return wrong(option, path, std::string{"cannot be read: "} + std::strerror(errno));
  std::string result;
  const int code = read_all(fd, result);
  if (!standard_input)
    ::close(fd);
  if (code != 0)
    return wrong(option, path, std::string{"cannot be read: "} + std::strerror(code));
  if (result.size() > input_file_limit_bytes)
    return wrong(option, path,
                 "has more than " + std::to_string(input_file_limit_bytes) + " bytes, which is the most that " + option
                     + " accepts");
  return result;
}

} // namespace sluice::command
