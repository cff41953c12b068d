#include <sluice/protocols/uri/ipv6.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sluice::uri {

namespace {

/// Cuts off and returns what stands before the next `mark`; `rest` is what follows it.
std::string_view next_part(std::string_view& rest, char mark) {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// A number of at most `digits_max` digits of that base, and nothing beside it.
std::optional<unsigned> number(std::string_view text, std::size_t digits_max, int base) {
  unsigned value = 0;
  const auto* const end = text.data() + text.size();
  if (text.empty() || text.size() > digits_max || text.front() == '-' || text.front() == '+')
    return std::nullopt;
  const auto [stopped, problem] = std::from_chars(text.data(), end, value, base);
  return problem == std::errc{} && stopped == end ? std::optional{value} : std::nullopt;
}

/// dec-octet: 0 to 255 without leading zeros, which some systems would read as octal.
std::optional<unsigned> octet(std::string_view x) {
  const auto value = number(x, 3, 10);
  return value && *value <= 255 && (x.size() == 1 || x.front() != '0') ? value : std::nullopt;
}

/// The groups of a list without "::", written one after the other.
struct group_list {
  ipv6_groups values{};
  std::size_t count = 0;
  bool valid = true;

  void add(unsigned x) {
    valid = valid && count < values.size();
    if (valid)
      values[count++] = static_cast<std::uint16_t>(x);
  }
};

/// The dotted quad that an address may end in, as its two groups.
bool add_dotted_quad(std::string_view x, group_list& to) {
  if (std::count(x.begin(), x.end(), '.') != 3 || x.back() == '.')
    return false;
  unsigned value = 0;
  while (!x.empty()) {
    const auto part = octet(next_part(x, '.'));
    if (!part)
      return false;
    value = value << 8 | *part;
  }
  to.add(value >> 16);
  to.add(value & 0xffff);
  return true;
}

/// `x` is a list without "::". Only the end of the address may be a dotted quad.
group_list groups_of(std::string_view x, bool ends_address) {
  group_list result;
  result.valid = x.empty() || x.back() != ':';
  while (!x.empty() && result.valid) {
    const auto part = next_part(x, ':');
    if (x.empty() && ends_address && add_dotted_quad(part, result))
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
  if (text.size() > 45) // six groups and a dotted quad
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
  std::size_t gap = address.size(), gap_size = 1; // one zero group alone is written out
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
