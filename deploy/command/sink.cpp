#include "sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <iostream>

namespace sluice::command {

bool is_standard_output(const std::string& path) { return path.empty() || path == "-"; }

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

failure sink::open(const std::string& path, const save_options& how, asio::io_context& io) {
  if (is_standard_output(path))
    return open_standard_output(io);
  name_ = "'" + path + "'";
  if (auto problem = file_.open(path, how))
    return problem;
  fd_ = file_.descriptor();
  if (fd_ < 0 || file_.is_regular())
    return {};
  terminal_ = isatty(fd_) == 1;
  // A copy of the descriptor: the file closes its own.
  if (const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0); copy >= 0 && !attach(copy, io))
    ::close(copy); // a device that cannot be waited for takes bytes at once
  return {};
}

bool sink::attach(int fd, asio::io_context& io) {
  std::error_code code;
  pipe_.emplace(io);
  pipe_->assign(fd, code);
  if (code)
    pipe_.reset();
  return !code;
}

failure sink::open_standard_output(asio::io_context& io) {
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
  if (attach(fd, io))
    fd_ = fd;
  else
    ::close(fd);
  return {};
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
  file_.grown(taken_);
  data = data.part(written, data.size() - written);
  return 0;
}

std::string sink::abandon(bool resumable) {
  auto file = file_.abandon(resumable);
  if (!file.empty() || file_.is_regular() || taken_ == 0)
    return file;
  return name_ + " has taken " + std::to_string(taken_) + " bytes";
}

void sink::end_line() {
  if (shares_terminal_ && std::exchange(mid_line_, false))
    std::cerr << "\n";
}

} // namespace sluice::command
