#include <sluice/protocols/dns/address_order.hpp>

#include <sluice/protocols/dns/race.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

namespace sluice::dns {

namespace {

using octets = std::array<std::uint8_t, 16>;

/// IPv4 addresses as IPv4-mapped ones (RFC 6724 section 3.2).
octets mapped(const ip_address& address) {
  if (address.v6)
    return address.octets;
  return {0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0xff,
          0xff,
          address.octets[0],
          address.octets[1],
          address.octets[2],
          address.octets[3]};
}

unsigned common_bits(const octets& left, const octets& right) {
  unsigned result = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto differing = static_cast<std::uint8_t>(left[i] ^ right[i]);
    for (unsigned bit = 0x80; bit != 0; bit >>= 1, ++result)
      if (differing & bit)
        return result;
  }
  return result;
}

/// The default policy table of RFC 6724 section 2.1, longest prefixes first.
struct policy {
  octets prefix;
  unsigned bits, precedence, label;
};
constexpr policy policies[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0}, // ::1
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},        // IPv4
    {{}, 96, 1, 3},                                                 // IPv4-compatible
    {{0x20, 0x01, 0, 0}, 32, 5, 5},                                 // Teredo
    {{0x20, 0x02}, 16, 30, 2},                                      // 6to4
    {{0x3f, 0xfe}, 16, 1, 12},                                      // 6bone
    {{0xfe, 0xc0}, 10, 1, 11},                                      // site-local
    {{0xfc, 0x00}, 7, 3, 13},                                       // unique local
    {{}, 0, 40, 1},
};

const policy& policy_of(const octets& address) {
  return *std::find_if(std::begin(policies), std::end(policies),
                       [&](const policy& entry) { return common_bits(entry.prefix, address) >= entry.bits; });
}

/// RFC 6724 section 3.1 and 3.2: the values of RFC 4291's scopes.
constexpr unsigned link_local = 2, site_local = 5, global = 14;

unsigned scope_of(const ip_address& address) {
  const auto& bytes = address.octets;
  if (!address.v6)
    return bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ? link_local : global;
  if (bytes[0] == 0xff)
    return bytes[1] & 0x0fu;
  if (is_loopback(address) || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80))
    return link_local;
  return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? site_local : global;
}

/// What decides, the most important first; smaller is better.
auto rank(const route& candidate) {
  const auto to = mapped(candidate.to);
  const auto& entry = policy_of(to);
  const auto scope = scope_of(candidate.to);
  bool scopes_differ = true, labels_differ = true;
  unsigned foreign_bits = 128;
  if (candidate.from) {
    const auto from = mapped(*candidate.from);
    scopes_differ = scope_of(*candidate.from) != scope;
    labels_differ = policy_of(from).label != entry.label;
    if (candidate.to.v6)
      foreign_bits = 128 - common_bits(from, to);
  }
  return std::tuple{!candidate.from, scopes_differ, labels_differ, 100 - entry.precedence, scope, foreign_bits};
}

} // namespace

std::vector<ip_address> in_order(const std::vector<route>& routes) {
  using ranked = std::pair<decltype(rank(routes.front())), ip_address>;
  std::vector<ranked> all;
  for (const auto& candidate : routes)
    all.emplace_back(rank(candidate), candidate.to);
  std::stable_sort(all.begin(), all.end(),
                   [](const ranked& left, const ranked& right) { return left.first < right.first; });
  std::vector<ip_address> result;
  for (const auto& each : all)
    result.push_back(each.second);
  return interleave(result, [](const ip_address& address) { return address.v6; });
}

} // namespace sluice::dns
