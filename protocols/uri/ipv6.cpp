#include <sluice/protocols/uri/ipv6.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sluice::uri {

namespace {

/// Removes the text up to the next `separator` from `rest`, with the separator, and returns it without.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// Parses `text` as a number of 1 to `digits_max` digits in that base.
std::optional<unsigned> number(std::string_view text, std::size_t digits_max, int base) {
  unsigned value = 0;
  const auto* const end = text.data() + text.size();
  if (text.empty() || text.size() > digits_max || text.front() == '-' || text.front() == '+')
    return std::nullopt;
  const auto [stopped, problem] = std::from_chars(text.data(), end, value, base);
  return problem == std::errc{} && stopped == end ? std::optional{value} : std::nullopt;
}

/// dec-octet: 0 to 255 without leading zeros, which some systems read as octal.
std::optional<unsigned> octet(std::string_view text) {
  const auto value = number(text, 3, 10);
  return value && *value <= 255 && (text.size() == 1 || text.front() != '0') ? value : std::nullopt;
}

/// The groups of a list that contains no "::".
struct group_list {
  ipv6_groups values{};
  std::size_t count = 0;
  bool valid = true;

  void add(unsigned group) {
    valid = valid && count < values.size();
    if (valid)
      values[count++] = static_cast<std::uint16_t>(group);
  }
};

/// Adds a dotted quad, with which an address may end, as two groups. False: `text` is not a dotted quad.
bool add_dotted_quad(std::string_view text, group_list& to) {
  if (std::count(text.begin(), text.end(), '.') != 3 || text.back() == '.')
    return false;
  unsigned value = 0;
  while (!text.empty()) {
    const auto part = octet(next_part(text, '.'));
    if (!part)
      return false;
    value = value << 8 | *part;
  }
  to.add(value >> 16);
  to.add(value & 0xffff);
  return true;
}

/// Parses a list of groups without "::". Only the end of the address may be a dotted quad.
group_list groups_of(std::string_view text, bool ends_address) {
  group_list result;
  result.valid = text.empty() || text.back() != ':';
  while (!text.empty() && result.valid) {
    const auto part = next_part(text, ':');
    if (text.empty() && ends_address && add_dotted_quad(part, result))
      break;
    const auto group = number(part, 4, 16);
    result.valid = group.has_value();
    if (group)
      result.add(*group);
  }
  return result;
}

} // namespace

std::optional<ipv6_groups> parse_ipv6(std::string_view text) noexcept {
  if (text.size() > 45) // characters of six full groups and a full dotted quad
    return std::nullopt;
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto all = groups_of(text, true);
    return all.valid && all.count == 8 ? std::optional{all.values} : std::nullopt;
  }
  auto result = groups_of(text.substr(0, gap), false);
  const auto after = groups_of(text.substr(gap + 2), true);
  if (!result.valid || !after.valid || result.count + after.count >= 8)
    return std::nullopt;
  std::copy_n(after.values.begin(), after.count, result.values.end() - static_cast<std::ptrdiff_t>(after.count));
  return result.values;
}

std::string ipv6_text(const ipv6_groups& address) {
  std::size_t gap = address.size(), gap_size = 1; // a single zero group is not abbreviated
  for (std::size_t i = 0; i < address.size(); ++i) {
    std::size_t n = 0;
    while (i + n < address.size() && address[i + n] == 0)
      ++n;
    if (n > gap_size) {
      gap = i;
      gap_size = n;
    }
    i += n;
  }
  std::string result;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (i == gap) {
      result += "::";
      i += gap_size - 1;
      continue;
    }
    if (!result.empty() && result.back() != ':')
      result += ':';
    char digits[4];
    result.append(digits, std::to_chars(digits, digits + 4, address[i], 16).ptr);
  }
  return result;
}

} // namespace sluice::uri
