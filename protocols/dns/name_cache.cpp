#include <sluice/protocols/dns/name_cache.hpp>

#include <algorithm>
#include <utility>

namespace sluice::dns {

const std::vector<ip_address>* name_cache::find(const std::string& name, time_point now) {
  const auto found = index_.find(name);
  if (found == index_.end())
    return nullptr;
  if (found->second->expires <= now) {
    drop(name);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front().addresses;
}

void name_cache::keep(const std::string& name, std::vector<ip_address> addresses, std::chrono::seconds time_to_live,
                      time_point now) {
  drop(name);
  const auto lifetime = std::min(std::max(time_to_live, limits_.shortest), limits_.longest);
  if (limits_.entries == 0 || lifetime.count() <= 0 || addresses.empty())
    return;
  while (entries_.size() >= limits_.entries)
    drop(std::string{entries_.back().name});
  entries_.push_front({name, std::move(addresses), now + lifetime});
  index_[name] = entries_.begin();
}

void name_cache::drop(const std::string& name) {
  const auto found = index_.find(name);
  if (found == index_.end())
    return;
  entries_.erase(found->second);
  index_.erase(found);
}

} // namespace sluice::dns
