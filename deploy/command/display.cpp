#include "display.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

namespace sluice::command {

std::string human_bytes(double n) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t i = 0;
  for (; n >= 1023.95 && i + 1 < std::size(units); ++i) // 1023.95 would be written as 1024.0
    n /= 1024;
  return fmt::format("{:.{}f} {}", n, i == 0 ? 0 : 1, units[i]);
}

namespace {
/// Both in the unit of the whole: "0.9/1.5 GiB".
std::string human_share(double part, double whole) {
  const auto text = human_bytes(whole);
  const auto blank = text.find(' ');
  const auto unit = text.substr(blank);
  double size = 1;
  for (const auto* known : {" KiB", " MiB", " GiB", " TiB"}) {
    if (unit == " B")
      break;
    size *= 1024;
    if (unit == known)
      break;
  }
  return fmt::format("{:.{}f}/{}", part / size, size > 1 ? 1 : 0, text);
}
} // namespace

std::string human_duration(double seconds) {
  if (!(seconds >= 0 && seconds < 360'000))
    return "--:--";
  const auto s = static_cast<int>(std::ceil(seconds));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty())
    return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

void recent_rate::note(double now_seconds, std::uint64_t total) {
  samples_.push_back({now_seconds, total});
  while (samples_.size() > 2 && samples_[1].seconds <= now_seconds - window_seconds)
    samples_.pop_front();
}

double recent_rate::per_second() const {
  if (samples_.size() < 2)
    return 0;
  const auto& first = samples_.front();
  const auto& last = samples_.back();
  return last.seconds > first.seconds && last.total > first.total
             ? static_cast<double>(last.total - first.total) / (last.seconds - first.seconds)
             : 0;
}

void pause_watch::note(bool paused) {
  paused_.push_back(paused);
  if (paused_.size() > looks)
    paused_.pop_front();
}

bool pause_watch::reader_limits() const {
  return std::count(paused_.begin(), paused_.end(), true) > static_cast<std::ptrdiff_t>(looks / 2);
}

std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string cut(std::string text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++seen > columns)
      return text.substr(0, i);
  return text;
}

std::string first_that_fits(const std::vector<std::string>& ways, std::size_t columns) {
  for (const auto& candidate : ways)
    if (columns_of(candidate) <= columns)
      return candidate;
  return ways.empty() ? std::string{} : cut(ways.back(), columns);
}

std::string bar(double part, std::size_t columns) {
  const auto room = columns < 2 ? 0 : columns - 2;
  const auto filled = std::min(room, static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(room)));
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(room - filled, ' '));
}

std::string progress_line(const progress& now, std::size_t columns) {
  constexpr std::size_t widest_bar = 32, narrowest_bar = 12;
  const auto done = human_bytes(static_cast<double>(now.done));
  const auto rate = human_bytes(now.per_second) + "/s";
  const std::string limited = now.limit_rate ? "limited by --limit-rate" : "limited by the reader";
  const auto held = now.reader_limits ? fmt::format("{} ({} held)", limited, human_bytes(static_cast<double>(now.held)))
                                      : human_bytes(static_cast<double>(now.held)) + " held for the reader";
  if (!now.total) {
    const auto plain = fmt::format("{}  {}", done, rate);
    return first_that_fits(
        {fmt::format("{}  {}", plain, held), now.reader_limits ? plain + "  " + limited : plain, plain, done}, columns);
  }
  const auto total = human_bytes(static_cast<double>(*now.total));
  const auto part =
      *now.total == 0 ? 1.0 : std::min(1.0, static_cast<double>(now.done) / static_cast<double>(*now.total));
  const auto rest = *now.total > now.done ? static_cast<double>(*now.total - now.done) : 0;
  const auto left = rest == 0            ? human_duration(0)
                    : now.per_second > 0 ? human_duration(rest / now.per_second)
                                         : human_duration(-1);
  const auto percent = fmt::format("{:3.0f}%", std::floor(part * 100));
  const auto words = fmt::format("{}  {} of {}  {}  {} left", percent, done, total, rate, left);
  const auto more = fmt::format("{}  {}", words, held);
  std::vector<std::string> ways;
  if (const auto used = columns_of(more) + 2; columns >= used + narrowest_bar)
    ways.push_back(bar(part, std::min(widest_bar, columns - used)) + "  " + more);
  if (now.reader_limits)
    ways.insert(ways.end(), {more, words + "  " + limited});
  if (const auto used = columns_of(words) + 2; columns >= used + narrowest_bar)
    ways.push_back(bar(part, std::min(widest_bar, columns - used)) + "  " + words);
  ways.insert(ways.end(),
              {words,
               fmt::format("{} {} {} {}", percent,
                           human_share(static_cast<double>(now.done), static_cast<double>(*now.total)), rate, left),
               fmt::format("{} {} {} {}", percent, done, rate, left), fmt::format("{} {} {}", percent, rate, left),
               fmt::format("{} {}", percent, left), percent});
  return first_that_fits(ways, columns);
}

screen::screen(int fd) : asked_(fd) {
  const char* kind = std::getenv("TERM");
  if (!kind || !*kind || std::string_view{kind} == "dumb" || isatty(fd) != 1)
    return;
  fd_ = ::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

screen::~screen() {
  clear();
  if (fd_ >= 0)
    ::close(fd_);
}

std::size_t screen::columns() const {
  winsize size{};
  return ioctl(asked_, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79u;
}

std::size_t screen::rows() const {
  winsize size{};
  return ioctl(asked_, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24u;
}

void screen::draw(const std::vector<std::string>& lines) {
  const auto n = std::min(lines.size(), rows());
  if (!on() || n == 0)
    return;
  const auto width = columns();
  std::string text;
  for (std::size_t i = 0; i < n; ++i) // erasing to the end of the line or of the screen takes what was longer before
    text += fmt::format("\r{}{}", cut(lines[i], width), i + 1 < n ? "\x1b[K\n" : "\x1b[J\r");
  if (n > 1)
    text += fmt::format("\x1b[{}A", n - 1);
  drawn_ = ::write(fd_, text.data(), text.size()) > 0 || drawn_;
}

void screen::clear() {
  constexpr std::string_view erase = "\r\x1b[J";
  if (std::exchange(drawn_, false))
    (void)!::write(fd_, erase.data(), erase.size());
}

} // namespace sluice::command
