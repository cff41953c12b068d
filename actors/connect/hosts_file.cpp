#include <sluice/actors/connect/hosts_file.hpp>

#include <algorithm>

namespace sluice {

namespace {

constexpr std::string_view blanks = " \t\r\f\v";

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

/// Takes the first word off `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

} // namespace

bool hosts_file_names(std::string_view text, std::string_view host) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    next_word(line); // the address
    for (auto word = next_word(line); !word.empty(); word = next_word(line))
      if (same_name(word, host))
        return true;
  }
  return false;
}

} // namespace sluice
