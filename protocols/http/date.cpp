#include <sluice/protocols/http/date.hpp>

#include <sluice/protocols/http/message.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace sluice::http {

namespace {

constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};

/// The words of a date, without the blanks, commas and hyphens between them. `count` is 0 if there are too many.
struct words {
  std::array<std::string_view, 6> word;
  std::size_t count = 0;
};
words split(std::string_view text) {
  words result;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,-"), text.size()));
    if (text.empty())
      return result;
    if (result.count == result.word.size())
      return {};
    const auto size = std::min(text.find_first_of(" ,-"), text.size());
    result.word[result.count++] = text.substr(0, size);
    text.remove_prefix(size);
  }
}

/// A number of 1 to `most_digits` digits; -1: it is none.
int number(std::string_view text, std::size_t most_digits) {
  int result = -1;
  if (text.empty() || text.size() > most_digits || text.front() == '-')
    return -1;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result);
  return problem == std::errc{} && end == text.data() + text.size() ? result : -1;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':')
    return std::nullopt;
  const int hour = number(text.substr(0, 2), 2), minute = number(text.substr(3, 2), 2),
            second = number(text.substr(6, 2), 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) // 60: a leap second
    return std::nullopt;
  return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

/// RFC 9110 section 5.6.7: the last year with these two digits that is not more than 50 years ahead.
int full_year(int two_digits, wall_time now) {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int this_year = static_cast<int>(today.year());
  int year = this_year / 100 * 100 + two_digits;
  if (year > this_year + 50)
    year -= 100;
  else if (year <= this_year - 50)
    year += 100;
  return year;
}

} // namespace

std::optional<wall_time> parse_date(std::string_view text, wall_time now) {
  const auto [word, count] = split(text);
  const bool asctime = count == 5;
  if (!asctime && (count != 6 || !equals_ignoring_case(word[5], "gmt")))
    return std::nullopt;
  const auto month_word = asctime ? word[1] : word[2];
  const auto month = std::find_if(months.begin(), months.end(),
                                  [&](std::string_view name) { return equals_ignoring_case(name, month_word); });
  const auto year_word = asctime ? word[4] : word[3];
  const int day = number(asctime ? word[2] : word[1], 2);
  int year = number(year_word, 4);
  if (year_word.size() == 2 && year >= 0 && !asctime)
    year = full_year(year, now);
  const auto time = time_of_day(asctime ? word[3] : word[4]);
  if (month == months.end() || day < 1 || year < 1970 || year > 2199 || !time)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok())
    return std::nullopt;
  return std::chrono::sys_days{date} + *time;
}

} // namespace sluice::http
