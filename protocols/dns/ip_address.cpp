#include <sluice/protocols/dns/ip_address.hpp>

#include <sluice/protocols/uri/ipv6.hpp>

#include <charconv>
#include <cstddef>
#include <system_error>

namespace sluice::dns {

namespace {

std::optional<ip_address> parse_quad(std::string_view text) {
  ip_address result;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && (at == end || *at++ != '.'))
      return std::nullopt;
    const char* const begin = at;
    const auto [stopped, problem] = std::from_chars(at, end, result.octets[i]);
    // Leading zeros are refused: some programs read such numbers as octal.
    if (problem != std::errc{} || stopped - begin > 3 || (*begin == '0' && stopped - begin > 1))
      return std::nullopt;
    at = stopped;
  }
  return at == end ? std::optional{result} : std::nullopt;
}

} // namespace

std::optional<ip_address> parse_ip(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  else if (text.find(':') == std::string_view::npos)
    return parse_quad(text);
  const auto groups = uri::parse_ipv6(text);
  if (!groups)
    return std::nullopt;
  ip_address result;
  result.v6 = true;
  for (std::size_t i = 0; i < groups->size(); ++i) {
    result.octets[2 * i] = static_cast<std::uint8_t>((*groups)[i] >> 8);
    result.octets[2 * i + 1] = static_cast<std::uint8_t>((*groups)[i]);
  }
  return result;
}

std::string text_of(const ip_address& address) {
  if (address.v6) {
    uri::ipv6_groups groups{};
    for (std::size_t i = 0; i < groups.size(); ++i)
      groups[i] = static_cast<std::uint16_t>(address.octets[2 * i] << 8 | address.octets[2 * i + 1]);
    return uri::ipv6_text(groups);
  }
  std::string result;
  for (std::size_t i = 0; i < 4; ++i)
    result += (i > 0 ? "." : "") + std::to_string(address.octets[i]);
  return result;
}

bool is_loopback(const ip_address& address) {
  static const ip_address ipv6_loopback{true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 0};
  return address.v6 ? address == ipv6_loopback : address.octets[0] == 127;
}

} // namespace sluice::dns
