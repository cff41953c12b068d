#include "process.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

namespace sluice::command {

void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
      continue;
    // The lowest number that is free is taken, and that is this one.
    const int access = fd == STDIN_FILENO ? O_WRONLY : fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
    if (::open("/dev/null", access) != fd)
      _exit(2); // there is nowhere to say why
  }
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t resident_peak_bytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string key; status >> key; status.ignore(4096, '\n'))
    if (std::uint64_t kib = 0; key == "VmHWM:" && status >> kib)
      return kib * 1024;
  return 0;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

waiting_room::waiting_room() : main_thread_(pthread_self()) {
  sigemptyset(&waited_for_);
  for (int number : {SIGINT, SIGTERM, wake_signal})
    sigaddset(&waited_for_, number);
  pthread_sigmask(SIG_BLOCK, &waited_for_, &before_);
}

void waiting_room::unblock() {
  if (!std::exchange(blocked_, false))
    return;
  if (!interrupted_at_) {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    return;
  }
  // The process is about to end with its own exit code, which a second signal of the same key stroke must not replace:
  // they stay blocked, and should the end not come, it is made.
  std::thread{[] {
    std::this_thread::sleep_for(std::chrono::seconds{3});
    _exit(130);
  }}.detach();
}

void waiting_room::take_signal(const std::function<void()>& interrupt) {
  using namespace std::chrono;
  constexpr auto patience = milliseconds{3000}, one_key_stroke = milliseconds{500};
  int got = 0;
  if (!interrupted_at_) {
    sigwait(&waited_for_, &got);
    if (got == wake_signal)
      return; // the caller looks whether there is a result
    interrupted_at_ = steady_clock::now();
    return interrupt();
  }
  const auto left =
      std::max(nanoseconds{0}, duration_cast<nanoseconds>(*interrupted_at_ + patience - steady_clock::now()));
  const timespec wait{static_cast<time_t>(left.count() / 1'000'000'000),
                      static_cast<long>(left.count() % 1'000'000'000)};
  got = sigtimedwait(&waited_for_, nullptr, &wait);
  if (got == wake_signal || (got == -1 && errno == EINTR)
      || (got > 0 && steady_clock::now() < *interrupted_at_ + one_key_stroke))
    return;
  constexpr char last_words[] = "\nsluice: interrupted\n";
  (void)!::write(STDERR_FILENO, last_words, std::strlen(last_words));
  _exit(130);
}

} // namespace sluice::command
