#include "glob.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace sluice::command {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t n = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, n);
  return code == std::errc{} && stop == end && !digits.empty() ? std::optional{n} : std::nullopt;
}

/// The inside of brackets that hold an IPv6 address, and not a range: it has two colons at least and no dash. A zone
/// ("%25eth-0") may have any character.
bool is_address(std::string_view inside) {
  const auto address = inside.substr(0, inside.find('%'));
  return std::count(address.begin(), address.end(), ':') >= 2
         && address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

} // namespace

/// Reads one pattern from the front to the back.
class glob_parser {
public:
  explicit glob_parser(std::string_view text) : text_(text) {}

  result_or_failure<glob> run() {
    if (text_.size() > glob::text_bytes_max)
      return wrong("the URL is longer than " + std::to_string(glob::text_bytes_max) + " bytes", 0);
    while (at_ < text_.size() && !problem_) {
      const char c = text_[at_];
      if (c == '{')
        read_list();
      else if (c == '[' && !at_address())
        read_range();
      else if (c == '}' || c == ']')
        problem_ = wrong(std::string{"'"} + c + "' closes nothing", at_);
      else
        read_text();
    }
    return problem_ ? result_or_failure<glob>{std::move(*problem_)} : result_or_failure<glob>{std::move(result_)};
  }

private:
  static failure wrong(const std::string& why, std::size_t at) {
    return {errc::invalid_url, caused_by::local,
            "in the URL, " + why + " (character " + std::to_string(at + 1)
                + "); with -g brackets and braces stand for themselves"};
  }

  bool at_address() const {
    const auto end = text_.find(']', at_);
    return end != std::string_view::npos && is_address(text_.substr(at_ + 1, end - at_ - 1));
  }
  bool at_escape() const {
    return text_[at_] == '\\' && at_ + 1 < text_.size()
           && std::string_view{"[]{}"}.find(text_[at_ + 1]) != std::string_view::npos;
  }

  void read_text() {
    glob::part plain;
    auto& to = plain.texts.emplace_back();
    while (at_ < text_.size()) {
      if (at_escape()) {
        to += text_[at_ + 1];
        at_ += 2;
      } else if (text_[at_] == '[' && at_address()) {
        const auto end = text_.find(']', at_) + 1;
        to.append(text_.substr(at_, end - at_));
        at_ = end;
      } else if (std::string_view{"[]{}"}.find(text_[at_]) != std::string_view::npos) {
        break;
      } else {
        to += text_[at_++];
      }
    }
    result_.parts_.push_back(std::move(plain));
  }

  void read_list() {
    const auto begin = at_++;
    glob::part list{.what = glob::kind::list, .texts = {""}};
    for (; at_ < text_.size() && text_[at_] != '}'; ++at_) {
      if (at_escape())
        list.texts.back() += text_[++at_];
      else if (text_[at_] == ',')
        list.texts.emplace_back();
      else if (text_[at_] == '{' || text_[at_] == '[' || text_[at_] == ']')
        return stop(std::string{"'"} + text_[at_] + "' is within a list in braces, which cannot be nested", at_);
      else
        list.texts.back() += text_[at_];
    }
    if (at_ == text_.size())
      return stop("'{' is not closed", begin);
    if (at_++ == begin + 1)
      return stop("the list in braces is empty", begin);
    list.count = list.texts.size();
    add(std::move(list), begin);
  }

  void read_range() {
    const auto begin = at_;
    const auto end = text_.find(']', begin);
    if (end == std::string_view::npos)
      return stop("'[' is not closed", begin);
    const auto inside = text_.substr(begin + 1, end - begin - 1);
    const auto dash = inside.find('-');
    const auto colon = inside.find(':');
    const auto to = dash == std::string_view::npos || colon < dash
                        ? std::string_view{}
                        : inside.substr(dash + 1, colon == std::string_view::npos ? colon : colon - dash - 1);
    const auto from = inside.substr(0, std::min(dash, inside.size()));
    const auto step =
        colon == std::string_view::npos ? std::optional<std::uint64_t>{1} : number_of(inside.substr(colon + 1));
    auto found = range(from, to, step.value_or(0));
    if (!found)
      return stop("the range in brackets is none: there are [1-100], [001-100], [a-z] and, with a step, [1-100:10]",
                  begin);
    at_ = end + 1;
    add(std::move(*found), begin);
  }

  static std::optional<glob::part> range(std::string_view from, std::string_view to, std::uint64_t step) {
    glob::part result{.what = glob::kind::numbers};
    std::uint64_t last = 0;
    const bool letters = from.size() == 1 && to.size() == 1
                         && ((is_lower(from[0]) && is_lower(to[0])) || (is_upper(from[0]) && is_upper(to[0])));
    if (letters) {
      result.what = glob::kind::letters;
      result.first = static_cast<unsigned char>(from[0]);
      last = static_cast<unsigned char>(to[0]);
    } else {
      if (!std::all_of(from.begin(), from.end(), is_digit) || !std::all_of(to.begin(), to.end(), is_digit))
        return {};
      const auto first = number_of(from), end = number_of(to);
      if (!first || !end)
        return {};
      result.first = *first;
      last = *end;
      result.digits = from.size() > 1 && from[0] == '0' ? from.size() : 0;
    }
    if (result.first > last || step == 0 || (step > last - result.first && last != result.first))
      return {};
    result.step = step;
    const auto steps = (last - result.first) / step;
    result.count = steps == std::numeric_limits<std::uint64_t>::max() ? steps : steps + 1;
    return result;
  }

  void add(glob::part added, std::size_t begin) {
    const auto patterns = std::count_if(result_.parts_.begin(), result_.parts_.end(),
                                        [](const auto& each) { return each.what != glob::kind::text; });
    if (static_cast<std::size_t>(patterns) == glob::patterns_max)
      return stop("there are more than " + std::to_string(glob::patterns_max) + " ranges and lists", begin);
    if (added.count > glob::urls_max / result_.size_)
      return stop("ranges and lists stand for more than " + std::to_string(glob::urls_max) + " URLs", begin);
    result_.size_ *= added.count;
    result_.parts_.push_back(std::move(added));
  }

  void stop(const std::string& why, std::size_t at) { problem_ = wrong(why, at); }

  std::string_view text_;
  std::size_t at_ = 0;
  glob result_;
  std::optional<failure> problem_;
};

std::string glob::part::at(std::uint64_t index) const {
  switch (what) {
    case kind::text: return texts.front();
    case kind::list: return texts[static_cast<std::size_t>(index)];
    case kind::letters: return std::string(1, static_cast<char>(first + index * step));
    case kind::numbers: break;
  }
  const auto number = std::to_string(first + index * step);
  return std::string(digits - std::min(digits, number.size()), '0') + number;
}

glob glob::literal(std::string text) {
  glob result;
  result.parts_.push_back({.texts = {std::move(text)}});
  return result;
}

result_or_failure<glob> glob::parse(std::string_view text) { return glob_parser{text}.run(); }

glob::expansion glob::at(std::uint64_t index) const {
  std::vector<std::string> chosen(parts_.size());
  for (auto i = parts_.size(); i-- > 0; index /= parts_[i].count)
    chosen[i] = parts_[i].at(index % parts_[i].count);
  expansion result;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    result.url += chosen[i];
    if (parts_[i].what != kind::text)
      result.values.push_back(std::move(chosen[i]));
  }
  return result;
}

std::string with_glob_values(std::string_view output, const std::vector<std::string>& values) {
  std::string result;
  for (std::size_t i = 0; i < output.size(); ++i) {
    auto end = i + 1;
    while (output[i] == '#' && end < output.size() && is_digit(output[end]))
      ++end;
    const auto number = number_of(output.substr(i + 1, end - i - 1)).value_or(0);
    if (number == 0 || number > values.size()) {
      result += output[i];
      continue;
    }
    result += values[static_cast<std::size_t>(number - 1)];
    i = end - 1;
  }
  return result;
}

} // namespace sluice::command
