#include <sluice/protocols/dns/hosts_file.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::dns {

namespace {

constexpr std::size_t addresses_max = 64; // of a name
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

std::vector<ip_address> hosts_file_addresses(std::string_view text, std::string_view host) {
  std::vector<ip_address> result;
  while (!text.empty() && result.size() < addresses_max) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto first = next_word(line);
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
      if (!same_name(word, host))
        continue;
      const auto address = parse_ip(first);
      if (address && std::find(result.begin(), result.end(), *address) == result.end())
        result.push_back(*address);
      break;
    }
  }
  return result;
}

bool is_localhost(std::string_view host) {
  if (host.ends_with('.'))
    host.remove_suffix(1);
  constexpr std::string_view name = "localhost";
  if (host.size() < name.size() || !same_name(host.substr(host.size() - name.size()), name))
    return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

} // namespace sluice::dns
