// URL globbing as curl's: [1-100], [001-100:5], [a-z] and {a,b,c} in a URL stand for several URLs.
// Knows neither the syntax of URLs nor HTTP. Each URL is made when it is asked for, so that a million of them need no
// memory.
#pragma once

#include <sluice/protocols/failure.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::command {

class glob {
public:
  /// Bounds: URLs that one pattern may stand for, ranges and lists in it, and its length in bytes.
  static constexpr std::uint64_t urls_max = 1'000'000;
  static constexpr std::size_t patterns_max = 100, text_bytes_max = 64u << 10;

  /// One URL, and what each range and list of the pattern stands for in it, in order.
  struct expansion {
    std::string url;
    std::vector<std::string> values;
  };

  /// The text itself is the only URL (-g).
  static glob literal(std::string text);
  /// `\[`, `\]`, `\{` and `\}` stand for the character; an IPv6 address in brackets for itself. errc::invalid_url: the
  /// text says what is wrong and at which character, and repeats nothing of the URL, which may hold a password.
  static result_or_failure<glob> parse(std::string_view text);

  /// How many URLs there are, from 1 to urls_max.
  std::uint64_t size() const noexcept { return size_; }
  /// The last range or list changes fastest. `index` is less than size().
  expansion at(std::uint64_t index) const;

private:
  friend class glob_parser;
  enum class kind : std::uint8_t { text, list, numbers, letters };
  struct part {
    kind what = kind::text;
    std::vector<std::string> texts{};             // the text, or the list
    std::uint64_t first = 0, step = 1, count = 1; // of numbers and letters
    std::size_t digits = 0;                       // numbers are filled up with zeros to so many
    std::string at(std::uint64_t index) const;
  };
  std::vector<part> parts_;
  std::uint64_t size_ = 1;
};

/// `output` with each "#N" replaced by the value of the N-th range or list, from 1 on. A number without such a value
/// stays as it is.
std::string with_glob_values(std::string_view output, const std::vector<std::string>& values);

} // namespace sluice::command
