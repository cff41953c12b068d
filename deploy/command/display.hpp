// What people see while they wait: lines that are rewritten in place and fit the terminal, rates over the last seconds.
// Knows neither HTTP nor actors; time is an argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sluice::command {

/// "1.5 MiB"
std::string human_bytes(double n);
/// "0:05", "12:34", "3:25:45"; "--:--" from 100 hours on.
std::string human_duration(double seconds);

/// The q-th quantile of sorted values by nearest rank: the smallest value that q of them do not exceed. 0 of none.
double quantile(const std::vector<double>& sorted, double q);

/// How fast a count has grown within the last 3 seconds, which is not the average since the start.
class recent_rate {
public:
  void note(double now_seconds, std::uint64_t total);
  double per_second() const;

private:
  static constexpr double window_seconds = 3;
  struct sample {
    double seconds;
    std::uint64_t total;
  };
  std::deque<sample> samples_; // one that is as old as the window, and all later ones
};

/// Finds out whether the reader is what holds a transfer up: reading was paused, because the reader had made no room,
/// at most of the last second's looks.
class pause_watch {
public:
  void note(bool paused);
  bool reader_limits() const;

private:
  static constexpr std::size_t looks = 5; // five a second
  std::deque<bool> paused_;
};

/// How far a transfer has come.
struct progress {
  std::uint64_t done = 0;             ///< bytes
  std::optional<std::uint64_t> total; ///< bytes, where it is known
  double per_second = 0;              ///< over the last seconds
  std::uint64_t held = 0;             ///< bytes that have come and wait for the reader
  bool reader_limits = false;         ///< and not the network: see pause_watch
  bool limit_rate = false;            ///< and the reader waits for --limit-rate
};
/// One line about it of at most `columns` columns. What matters less is left out: the bar, then what is held, then
/// words.
std::string progress_line(const progress& now, std::size_t columns);

/// Of several ways to say the same, richest first, the first that fits; else the last one, cut.
std::string first_that_fits(const std::vector<std::string>& ways, std::size_t columns);
/// "[#####     ]"
std::string bar(double part, std::size_t columns);
/// No longer than `columns`, each code point of UTF-8 being one.
std::string cut(std::string text, std::size_t columns);
std::size_t columns_of(const std::string& text);

/// A few lines on a terminal that are drawn again and again in the same place. The cursor rests at their beginning, so
/// that neither a terminal that wraps them anew when it becomes narrower nor one that cuts them leaves a part of them
/// behind.
class screen {
public:
  /// Draws nothing unless `fd` is a terminal that knows how to move its cursor (TERM is neither unset nor "dumb").
  explicit screen(int fd);
  ~screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  bool on() const noexcept { return fd_ >= 0; }
  /// For a line: one less than the terminal has now, which is asked each time.
  std::size_t columns() const;
  /// Lines that the terminal has now.
  std::size_t rows() const;
  /// Lines beyond the terminal's height, or columns(), are left out. A terminal that takes nothing now (Ctrl-S) is not
  /// waited for.
  void draw(const std::vector<std::string>& lines);
  /// Removes what was drawn.
  void clear();

private:
  int asked_;   // the descriptor that was given
  int fd_ = -1; // a description of our own, which does not block
  bool drawn_ = false;
};

} // namespace sluice::command
