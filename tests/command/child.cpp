#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

namespace command_test {

namespace {

constexpr int patience_ms = 60'000;

struct pipe_ends {
  int read = -1, write = -1;
  pipe_ends() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    read = ends[0];
    write = ends[1];
  }
};

void limit(int what, const std::optional<std::uint64_t>& most) {
  if (!most)
    return;
  const rlimit bounds{static_cast<rlim_t>(*most), static_cast<rlim_t>(*most)};
  setrlimit(static_cast<__rlimit_resource>(what), &bounds);
}

} // namespace

child::child(std::vector<std::string> arguments, setting how) {
  const char* other = std::getenv("SLUICE_BINARY"); // to try another build of it
  arguments.insert(arguments.begin(), other ? other : SLUICE_BINARY);
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::setenv("TERM", "xterm", 1);
  // The leak check at the end of a sanitized process opens files, which some of these processes cannot.
  std::vector<char*> environment;
  std::string no_leak_check = "ASAN_OPTIONS=detect_leaks=0";
  const bool few_files = how.open_files || !how.closed.empty();
  for (char** variable = environ; *variable; ++variable)
    if (!few_files || std::string_view{*variable}.substr(0, 13) != "ASAN_OPTIONS=")
      environment.push_back(*variable);
  if (few_files)
    environment.push_back(no_leak_check.data());
  environment.push_back(nullptr);
  pipe_ends in, out, err;
  (void)!::write(in.write, how.input.data(), how.input.size());
  ::close(in.write);
  int terminal_end = -1;
  if (how.terminal) {
    winsize size{how.terminal->rows, how.terminal->columns, 0, 0};
    if (openpty(&terminal_, &terminal_end, nullptr, nullptr, &size) != 0)
      throw std::runtime_error("no pseudo-terminal");
    fcntl(terminal_, F_SETFD, FD_CLOEXEC);
    fcntl(terminal_end, F_SETFD, FD_CLOEXEC);
  }
  if (how.nobody_reads) {
    ::close(out.read);
    out.read = -1;
  }
  pid_ = ::fork();
  if (pid_ == 0) { // only calls that are safe after a fork in a process with threads
    if (how.own_session) {
      ::setsid();
      if (terminal_end >= 0)
        ::ioctl(terminal_end, TIOCSCTTY, 0);
    }
    ::dup2(in.read, 0);
    ::dup2(how.output_to_terminal ? terminal_end : out.write, 1);
    ::dup2(how.terminal ? terminal_end : err.write, 2);
    for (int fd : how.closed)
      ::close(fd);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGXFSZ, SIG_DFL);
    limit(RLIMIT_FSIZE, how.file_bytes);
    limit(RLIMIT_NOFILE, how.open_files);
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  for (int fd : {in.read, out.write, err.write, terminal_end})
    if (fd >= 0)
      ::close(fd);
  out_ = out.read;
  err_ = err.read;
  if (terminal_ >= 0) {
    ::close(err_);
    err_ = terminal_;
  }
}

child::~child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (int fd : {out_, err_})
    if (fd >= 0)
      ::close(fd);
}

bool child::pump(int timeout_ms) {
  std::array<pollfd, 2> ends{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}}; // a negative descriptor is passed over
  if (out_ < 0 && err_ < 0)
    return false;
  if (::poll(ends.data(), ends.size(), timeout_ms) <= 0)
    return false;
  for (auto [end, fd, text] : {std::tuple{ends[0], &out_, &got_.out}, std::tuple{ends[1], &err_, &got_.err}}) {
    if (end.revents == 0)
      continue;
    std::array<char, 65536> bytes;
    const auto n = ::read(*fd, bytes.data(), bytes.size());
    if (n > 0) {
      text->append(bytes.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) { // a terminal whose other end is closed says EIO
      ::close(*fd);
      *fd = -1;
    }
  }
  return true;
}

bool child::read_until(const std::function<bool(const outcome&)>& enough) {
  while (!enough(got_))
    if (!pump(patience_ms))
      return enough(got_);
  return true;
}

outcome child::wait() {
  while (pump(patience_ms)) {
  }
  if (out_ >= 0 || err_ >= 0)
    return got_; // it is stuck; the destructor ends it
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_)
    got_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return got_;
}

void child::signal(int number) { ::kill(pid_, number); }

void child::resize(terminal_size new_size) {
  winsize size{new_size.rows, new_size.columns, 0, 0};
  ioctl(terminal_, TIOCSWINSZ, &size);
}

void child::type(const std::string& text) { (void)!::write(terminal_, text.data(), text.size()); }

outcome run(std::vector<std::string> arguments, setting how) {
  return child{std::move(arguments), std::move(how)}.wait();
}

std::vector<std::string> lines_drawn(const std::string& written) {
  std::vector<std::string> result{""};
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] == '\r' || written[i] == '\n')
      result.emplace_back();
    else if (written[i] != '\x1b')
      result.back() += written[i];
    else // ESC [ parameters letter
      for (i += 2; i < written.size() && !(written[i] >= '@' && written[i] <= '~'); ++i) {
      }
  }
  std::erase(result, "");
  return result;
}

std::string figure(const std::string& json, const std::string& name) {
  const auto at = json.rfind("\"" + name + "\":");
  if (at == std::string::npos)
    return {};
  const auto from = at + name.size() + 3;
  return json.substr(from, json.find_first_of(json[from] == '{' ? "}" : ",}\n", from) - from);
}

bool eventually(const std::function<bool()>& question) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{patience_ms};
  while (!question()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5}); // between two looks; nothing depends on how long
  }
  return true;
}

folder::folder() {
  auto name = (std::filesystem::temp_directory_path() / "sluice-command-XXXXXX").string();
  if (!mkdtemp(name.data()))
    throw std::runtime_error("no temporary folder");
  path_ = name;
}

folder::~folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream{path, std::ios::binary} << content;
}

} // namespace command_test
