// Addresses of names, kept for as long as their name server allows: bounded in number and in time.
// The time is an argument. Knows no name server and no lock.
#pragma once

#include <sluice/protocols/dns/ip_address.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::dns {

struct name_cache_limits {
  std::size_t entries = 1000; ///< names; 0: nothing is kept
  /// Bounds of an answer's time to live. With a lower bound of zero, an answer that may not be kept (time to live 0) is
  /// not.
  std::chrono::seconds shortest{0}, longest{3600};
};

/// Failures are not kept: the next question may do better.
class name_cache {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit name_cache(const name_cache_limits& limits) : limits_(limits) {}

  /// The addresses that are still good; else null. Good until the next call.
  const std::vector<ip_address>* find(const std::string& name, time_point now);
  /// Replaces what was kept for that name. If there are too many, the name that was asked for longest ago is dropped.
  void keep(const std::string& name, std::vector<ip_address> addresses, std::chrono::seconds time_to_live,
            time_point now);
  std::size_t size() const noexcept { return index_.size(); }

private:
  struct entry {
    std::string name;
    std::vector<ip_address> addresses;
    time_point expires;
  };
  void drop(const std::string& name);

  name_cache_limits limits_;
  std::list<entry> entries_; // the one that was used last is in front
  std::unordered_map<std::string, std::list<entry>::iterator> index_;
};

} // namespace sluice::dns
