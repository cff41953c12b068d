#include <sluice/actors/connect/address_book.hpp>

#include <sluice/protocols/dns/hosts_file.hpp>

#include <array>
#include <cstddef>
#include <fstream>

namespace sluice {

namespace {

/// How long entries with "+" count: as long as curl keeps names.
constexpr auto temporary_for = std::chrono::seconds{60};

constexpr std::size_t hosts_file_bytes_max = 16u << 20; // what lies behind is not read

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::string text;
  std::array<char, 16384> block;
  while (text.size() < hosts_file_bytes_max && (in.read(block.data(), block.size()) || in.gcount() > 0))
    text.append(block.data(), static_cast<std::size_t>(in.gcount()));
  return text;
}

} // namespace

address_book::address_book(dns::addressing checked, std::string hosts_file)
  : given_(std::move(checked)), hosts_file_(std::move(hosts_file)), temporary_until_(loop_clock::now() + temporary_for),
    cache_({given_.cached_names, given_.cached_at_least, given_.cached_at_most}) {
  if (auto read = dns::overrides::make(given_))
    overrides_ = *std::move(read);
  name_servers_ = overrides_.name_servers();
}

std::vector<dns::ip_address> address_book::local(const std::string& host) const {
  auto result = dns::hosts_file_addresses(content_of(hosts_file_), host);
  if (result.empty() && dns::is_localhost(host))
    result = {*dns::parse_ip("::1"), *dns::parse_ip("127.0.0.1")};
  return result;
}

std::optional<std::vector<dns::ip_address>> address_book::prescribed(const std::string& host,
                                                                     std::uint16_t port) const {
  const auto* found = overrides_.find(host, port, loop_clock::now() < temporary_until_);
  return found ? std::optional{*found} : std::nullopt;
}

std::optional<std::vector<dns::ip_address>> address_book::remembered(const std::string& host) {
  std::lock_guard guard{mutex_};
  const auto* found = cache_.find(host, loop_clock::now());
  return found ? std::optional{*found} : std::nullopt;
}

void address_book::remember(const std::string& host, std::vector<dns::ip_address> addresses,
                            std::chrono::seconds time_to_live) {
  std::lock_guard guard{mutex_};
  cache_.keep(host, std::move(addresses), time_to_live, loop_clock::now());
}

} // namespace sluice
