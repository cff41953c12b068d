#include "password_prompt.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

namespace sluice::command {

namespace {

constexpr char interrupt = 3;            // Ctrl-C
constexpr std::size_t line_limit = 4095; // bytes: what a terminal gives as one line (MAX_CANON)

/// A terminal that does not show what is typed, for as long as this lives. Ctrl-C ends a line there instead of the
/// process, which would leave the terminal without echo.
class silent_terminal {
public:
  silent_terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0)
      return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    silent.c_lflag |= ICANON;
    silent.c_cc[VEOL] = interrupt;
    ready_ = tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (ready_)
      tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0)
      ::close(fd_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

  bool ready() const noexcept { return ready_; }
  void write(std::string_view text) const { (void)!::write(fd_, text.data(), text.size()); }
  /// Up to and with the character that ends it; empty at the end of input.
  std::string read_line() const {
    std::string line(line_limit + 1, '\0');
    ssize_t n = 0;
    do
      n = ::read(fd_, line.data(), line.size());
    while (n < 0 && errno == EINTR);
    line.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return line;
  }

private:
  int fd_;
  termios before_{};
  bool ready_ = false;
};

} // namespace

result_or_failure<std::string> ask_password(const std::string& question) {
  silent_terminal terminal;
  if (!terminal.ready())
    return failure{errc::invalid_configuration, caused_by::local,
                   "-u has a user name without a password, and there is no terminal to ask for it; write "
                   "user:password, or user: for an empty password"};
  terminal.write(question);
  auto line = terminal.read_line();
  terminal.write("\n");
  if (line.empty() || line.back() == interrupt)
    return failure{errc::cancelled, caused_by::local, "no password was given"};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.pop_back();
  return line;
}

} // namespace sluice::command
