#include <sluice/actors/connect/address_book.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
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
  : given_(std::move(checked)), temporary_until_(loop_clock::now() + temporary_for), hosts_path_(std::move(hosts_file)),
    cache_({given_.cached_names, given_.cached_at_least, given_.cached_at_most}) {
  if (auto read = dns::overrides::make(given_))
    overrides_ = *std::move(read);
  name_servers_ = overrides_.name_servers();
}

address_book::file_stamp address_book::stamp_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0)
    return {};
  return {info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
          info.st_mtim.tv_nsec};
}

std::shared_ptr<const dns::hosts_file> address_book::hosts() {
  std::lock_guard guard{hosts_mutex_};
  const auto now = stamp_of(hosts_path_); // before the file is read: a change in between is seen the next time
  if (now == hosts_stamp_)
    return hosts_;
  hosts_ = std::make_shared<const dns::hosts_file>(content_of(hosts_path_));
  hosts_stamp_ = now;
  // The clock of files is coarse: one that was changed just now may be changed again with the same stamp.
  const auto clock = std::chrono::system_clock::now().time_since_epoch();
  if (std::abs(std::chrono::duration_cast<std::chrono::seconds>(clock).count() - now.modified_s) <= 1)
    hosts_stamp_.reset();
  return hosts_;
}

std::vector<dns::ip_address> address_book::local(const std::string& host) {
  auto result = hosts()->find(host);
  const auto allowed = [family = given_.family](const dns::ip_address& address) {
    return family == dns::family::any || address.v6 == (family == dns::family::ipv6);
  };
  if (dns::is_localhost(host) && std::none_of(result.begin(), result.end(), allowed))
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
