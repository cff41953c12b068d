#include <sluice/protocols/uri/ipv6.hpp>

#include <algorithm>

namespace sluice::uri {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Cuts off and returns what stands before the next `mark`; `rest` is what follows it.
std::string_view next_part(std::string_view& rest, char mark) {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// dec-octet: 0 to 255 without leading zeros, which some systems would read as octal.
bool is_octet(std::string_view x) {
  if (x.empty() || x.size() > 3 || !std::all_of(x.begin(), x.end(), is_digit) || (x.size() > 1 && x.front() == '0'))
    return false;
  int value = 0;
  for (char c : x)
    value = value * 10 + (c - '0');
  return value <= 255;
}

bool is_ipv4(std::string_view x) {
  if (std::count(x.begin(), x.end(), '.') != 3 || x.back() == '.')
    return false;
  while (!x.empty())
    if (!is_octet(next_part(x, '.')))
      return false;
  return true;
}

/// The number of 16-bit groups in `x`, a list without "::"; -1 if it is no such list. Only the end may be an IPv4
/// address.
int groups(std::string_view x, bool ends_address) {
  if (x.empty())
    return 0;
  if (x.back() == ':')
    return -1;
  int count = 0;
  while (!x.empty()) {
    const auto part = next_part(x, ':');
    if (x.empty() && ends_address && is_ipv4(part))
      return count + 2;
    if (part.empty() || part.size() > 4 || !std::all_of(part.begin(), part.end(), is_hex))
      return -1;
    ++count;
  }
  return count;
}

} // namespace

bool is_ipv6(std::string_view text) noexcept {
  if (text.size() > 45) // six groups and an IPv4 address
    return false;
  const auto gap = text.find("::");
  if (gap == std::string_view::npos)
    return groups(text, true) == 8;
  const int before = groups(text.substr(0, gap), false);
  const int after = groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after < 8;
}

} // namespace sluice::uri
