// The process itself: its standard descriptors, its memory and time, and the signals that end it early.
// Knows neither HTTP nor options.
#pragma once

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <future>
#include <iostream>
#include <optional>

namespace sluice::command {

/// Gives each of the descriptors 0, 1 and 2 that is closed a meaning, before anything else is opened under its number:
/// what goes to standard error is dropped; to read standard input or to write to standard output fails, as it does with
/// a closed one.
void open_standard_descriptors();

/// Resident memory of this process now, and at its highest (VmHWM: of this program alone; what getrusage() calls
/// ru_maxrss begins with the parent's). Bytes; 0 where /proc does not tell.
std::uint64_t resident_bytes();
std::uint64_t resident_peak_bytes();
/// User and system time of this process.
double cpu_seconds();

/// The main thread's wait for a result that the loops give, and for SIGINT or SIGTERM meanwhile. Make it before any
/// thread starts: the signals are blocked from then on, in all of them, and taken by result_of() alone. Needs no
/// descriptor.
class waiting_room {
public:
  waiting_room();
  ~waiting_room() { unblock(); }
  waiting_room(const waiting_room&) = delete;
  waiting_room& operator=(const waiting_room&) = delete;

  /// Ends the wait in result_of(); to be called after the promise was kept. Any thread.
  void wake() const { pthread_kill(main_thread_, wake_signal); }

  /// Waits for `future`. At a signal `interrupt` is called, which asks whoever makes the result to give it as it is;
  /// another signal half a second later or more (one key may send two: to us, and to a program that hands it on), or 3
  /// s without an answer, end the process with exit code 130. Afterwards the signals are at their defaults.
  template <class T>
  T result_of(std::future<T> future, const std::function<void()>& interrupt) {
    while (future.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      take_signal(interrupt);
    unblock();
    return future.get();
  }

private:
  static constexpr int wake_signal = SIGURG; // ignored by default, also when it is left over at the end
  void take_signal(const std::function<void()>& interrupt);
  void unblock();

  pthread_t main_thread_;
  sigset_t waited_for_{}, before_{};
  bool blocked_ = true;
  std::optional<std::chrono::steady_clock::time_point> interrupted_at_; // by the first signal
};

} // namespace sluice::command
