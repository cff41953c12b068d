#include <sluice/protocols/dns/hosts_file.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

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

/// The line from `at` on, without what is a comment.
std::string_view line_of(std::string_view text, std::size_t at) {
  const auto line = text.substr(at, text.find('\n', at) - at);
  return line.substr(0, line.find('#'));
}

/// FNV-1a.
std::uint32_t hash_of(std::string_view name) {
  std::uint32_t result = 2166136261u;
  for (const char each : name)
    result = (result ^ static_cast<unsigned char>(lower(each))) * 16777619u;
  return result;
}

} // namespace

hosts_file::hosts_file(std::string text) : text_(std::move(text)) {
  constexpr std::size_t offsets = UINT32_MAX;
  for (std::size_t at = 0; at < std::min(text_.size(), offsets);) {
    auto line = line_of(text_, at);
    next_word(line); // the address
    for (auto word = next_word(line); !word.empty(); word = next_word(line))
      index_.push_back({hash_of(word), static_cast<std::uint32_t>(at)});
    const auto end = text_.find('\n', at);
    at = end == std::string::npos ? text_.size() : end + 1;
  }
  std::sort(index_.begin(), index_.end());
}

std::vector<ip_address> hosts_file::find(std::string_view host) const {
  const auto hash = hash_of(host);
  std::vector<ip_address> result;
  for (auto at = std::lower_bound(index_.begin(), index_.end(), entry{hash, 0});
       at != index_.end() && at->name_hash == hash && result.size() < addresses_max; ++at) {
    auto line = line_of(text_, at->line_at);
    const auto address = parse_ip(next_word(line));
    auto word = next_word(line);
    while (!word.empty() && !same_name(word, host))
      word = next_word(line);
    if (!word.empty() && address && std::find(result.begin(), result.end(), *address) == result.end())
      result.push_back(*address);
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
