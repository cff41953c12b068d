#include "sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <iostream>

namespace sluice::command {

namespace {
bool is_standard_output(const std::string& path) { return path.empty() || path == "-"; }
} // namespace

failure output_failure(const std::string& name, int code) {
  return {errc::consumer_failed, caused_by::local, "writing to " + name + " failed: " + std::strerror(code)};
}

failure check_output(const std::string& path) {
  if (is_standard_output(path))
    return {};
  struct stat info{};
  if (stat(path.c_str(), &info) == 0)
    return S_ISDIR(info.st_mode) ? output_failure("'" + path + "'", EISDIR) : failure{};
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0)
    return {};
  if (stat(path.substr(0, slash).c_str(), &info) != 0)
    return output_failure("'" + path + "'", errno);
  return S_ISDIR(info.st_mode) ? failure{} : output_failure("'" + path + "'", ENOTDIR);
}

sink::~sink() {
  if (own_ && fd_ >= 0)
    ::close(fd_);
}

failure sink::open(const std::string& path, asio::io_context& io) {
  if (!is_standard_output(path)) {
    name_ = "'" + path + "'";
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    own_ = true;
    return fd_ < 0 ? output_failure(name_, errno) : failure{};
  }
  name_ = "standard output";
  struct stat out{}, errors{};
  if (fstat(STDOUT_FILENO, &out) != 0)
    return output_failure(name_, errno);
  terminal_ = S_ISCHR(out.st_mode) && isatty(STDOUT_FILENO) == 1;
  shares_terminal_ =
      terminal_ && fstat(STDERR_FILENO, &errors) == 0 && S_ISCHR(errors.st_mode) && out.st_rdev == errors.st_rdev;
  fd_ = STDOUT_FILENO;
  if (!terminal_ && !S_ISFIFO(out.st_mode))
    return {};
  // A description of our own: making the shared one non-blocking would surprise other processes that use it.
  const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return {}; // then it is written as a file is
  std::error_code code;
  pipe_.emplace(io);
  pipe_->assign(fd, code);
  if (!code) {
    fd_ = fd;
  } else {
    pipe_.reset();
    ::close(fd);
  }
  return {};
}

failure sink::close() {
  if (!std::exchange(own_, false) || fd_ < 0)
    return {};
  return ::close(std::exchange(fd_, -1)) == 0 ? failure{} : output_failure(name_, errno);
}

int sink::write_some(chunk& data) {
  const auto n = ::write(fd_, data.data(), data.size());
  if (n < 0) {
    const int code = errno;
    if (code == EAGAIN
        && !pipe_) { // somebody else made a description non-blocking that we cannot open anew, of a socket
      pollfd wait{fd_, POLLOUT, 0};
      return ::poll(&wait, 1, -1) < 0 && errno != EINTR ? errno : 0;
    }
    return code == EINTR ? 0 : code;
  }
  const auto written = static_cast<std::size_t>(n);
  if (written > 0)
    mid_line_ = data.data()[written - 1] != std::byte{'\n'};
  taken_ += written;
  data = data.part(written, data.size() - written);
  return 0;
}

std::string sink::whereabouts() const {
  struct stat info{};
  if (own_ && fd_ >= 0 && fstat(fd_, &info) == 0 && S_ISREG(info.st_mode))
    return name_ + " has " + std::to_string(info.st_size) + " bytes";
  return taken_ > 0 ? name_ + " has taken " + std::to_string(taken_) + " bytes" : std::string{};
}

void sink::end_line() {
  if (shares_terminal_ && std::exchange(mid_line_, false))
    std::cerr << "\n";
}

} // namespace sluice::command
