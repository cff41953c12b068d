#include "time_text.hpp"

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdio>

namespace sluice::command {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Where a word stands in a table of words of three letters; -1: not there. A full word begins with these.
template <std::size_t N>
int place(const std::array<std::string_view, N>& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(), [&](std::string_view each) {
    return word.size() >= 3 && http::equals_ignoring_case(word.substr(0, 3), each);
  });
  return found == table.end() ? -1 : static_cast<int>(found - table.begin());
}

/// Collects what words and numbers say, in any order.
class time_reader {
public:
  explicit time_reader(std::string_view text) : text_(text) {}

  std::optional<std::chrono::sys_seconds> run() {
    constexpr std::size_t longest = 100;
    if (text_.size() > longest)
      return {};
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool good = is_digit(c)                           ? read_numbers()
                        : is_letter(c)                        ? read_word()
                        : (c == '+' || c == '-') && has_time_ ? read_offset()
                                                              : skip(c);
      if (!good)
        return {};
    }
    return value();
  }

private:
  bool skip(char c) {
    ++at_;
    return c == ' ' || c == ',' || c == '-';
  }

  std::string_view take(bool (*is)(char)) {
    const auto begin = at_;
    while (at_ < text_.size() && is(text_[at_]))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  static int number(std::string_view digits) {
    int n = 0;
    for (const char c : digits.substr(0, 9))
      n = n * 10 + (c - '0');
    return n;
  }

  bool read_word() {
    const auto word = take(is_letter);
    if (const int found = place(months, word); found >= 0 && month_ == 0) {
      month_ = found + 1;
      return true;
    }
    if (word.size() == 1 && (word[0] == 'T' || word[0] == 't'))
      return true; // between the date and the time of ISO 8601
    for (const std::string_view zone : {"GMT", "UTC", "Z"})
      if (http::equals_ignoring_case(word, zone))
        return true;
    return place(days, word) >= 0;
  }

  bool read_numbers() {
    const auto digits = take(is_digit);
    const char next = at_ < text_.size() ? text_[at_] : ' ';
    const bool another = at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (next == ':' && another && !has_time_)
      return read_time(number(digits));
    if (digits.size() == 8 && !has_date())
      return set_date(number(digits.substr(0, 4)), number(digits.substr(4, 2)), number(digits.substr(6)));
    if (digits.size() == 4 && next == '-' && another && !has_date())
      return read_rest_of_date(number(digits));
    if (digits.size() == 4 && year_ < 0)
      return (year_ = number(digits)) >= 0;
    if (digits.size() > 2)
      return false;
    if (day_ == 0)
      return (day_ = number(digits)) > 0;
    if (year_ >= 0)
      return false;
    year_ = number(digits) + (number(digits) < 70 ? 2000 : 1900);
    return true;
  }

  bool read_time(int hour) {
    has_time_ = true;
    ++at_;
    const auto minute = number(take(is_digit));
    int second = 0;
    if (at_ + 1 < text_.size() && text_[at_] == ':' && is_digit(text_[at_ + 1])) {
      ++at_;
      second = number(take(is_digit));
    }
    if (hour > 23 || minute > 59 || second > 60)
      return false;
    seconds_ = hour * 3600 + minute * 60 + second;
    return true;
  }

  bool read_rest_of_date(int year) {
    ++at_;
    const auto month = number(take(is_digit));
    if (at_ >= text_.size() || text_[at_] != '-')
      return false;
    ++at_;
    return set_date(year, month, number(take(is_digit)));
  }

  bool read_offset() {
    const int sign = text_[at_++] == '+' ? 1 : -1;
    const auto digits = take(is_digit);
    const int hours = number(digits.substr(0, 2));
    int minutes = number(digits.substr(std::min<std::size_t>(digits.size(), 2)));
    if (digits.size() == 2 && at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      minutes = number(take(is_digit));
    } else if (digits.size() != 4) {
      return false;
    }
    offset_ = sign * (hours * 3600 + std::min(minutes, 59) * 60);
    return hours < 24 && minutes < 60;
  }

  bool has_date() const { return day_ != 0 || year_ >= 0; }
  bool set_date(int year, int month, int day) {
    year_ = year;
    month_ = month;
    day_ = day;
    return true;
  }

  std::optional<std::chrono::sys_seconds> value() const {
    using namespace std::chrono;
    const year_month_day date{year{year_}, month{static_cast<unsigned>(month_)}, day{static_cast<unsigned>(day_)}};
    if (year_ < 1601 || year_ > 9999 || !date.ok())
      return {};
    return sys_days{date} + seconds{seconds_ - offset_};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int year_ = -1, month_ = 0, day_ = 0, seconds_ = 0, offset_ = 0;
  bool has_time_ = false;
};

} // namespace

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) { return time_reader{text}.run(); }

std::string http_date(std::chrono::sys_seconds when) {
  using namespace std::chrono;
  const auto midnight = floor<std::chrono::days>(when);
  const year_month_day date{midnight};
  const hh_mm_ss time{when - midnight};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                days[weekday{midnight}.c_encoding()].data(), static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

} // namespace sluice::command
