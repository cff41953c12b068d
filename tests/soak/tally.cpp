#include "tally.hpp"

#include <algorithm>
#include <utility>

namespace sluice::soak {

std::uint64_t tally::begin(std::string what) {
  const std::lock_guard held{lock_};
  entry added;
  added.what = std::move(what);
  added.begun = clock::now();
  under_way_.emplace(++next_, std::move(added));
  return next_;
}

void tally::flows(std::uint64_t id) {
  const std::lock_guard held{lock_};
  if (const auto found = under_way_.find(id); found != under_way_.end())
    found->second.flows = true;
}

void tally::end(std::uint64_t id, const std::string& kind, bool failed, std::string fault) {
  const std::lock_guard held{lock_};
  under_way_.erase(id);
  ++ended_;
  auto& tallied = kinds_[kind];
  ++tallied.ended;
  tallied.failed += failed ? 1 : 0;
  if (!fault.empty())
    note(std::move(fault));
  ended_one_.notify_all();
}

void tally::fault(std::string text) {
  const std::lock_guard held{lock_};
  note(std::move(text));
}

void tally::note(std::string text) {
  ++fault_count_;
  if (faults_.size() < faults_kept)
    faults_.push_back(std::move(text));
}

std::size_t tally::wait_below(std::size_t most, clock::time_point until) {
  std::unique_lock held{lock_};
  ended_one_.wait_until(held, until, [&] { return under_way_.size() < most; });
  return under_way_.size();
}

std::optional<tally::pending> tally::oldest() const {
  const std::lock_guard held{lock_};
  if (under_way_.empty())
    return std::nullopt;
  return under_way_.begin()->second;
}

std::size_t tally::flowing() const {
  const std::lock_guard held{lock_};
  return static_cast<std::size_t>(
      std::count_if(under_way_.begin(), under_way_.end(), [](const auto& item) { return item.second.flows; }));
}

std::uint64_t tally::ended() const {
  const std::lock_guard held{lock_};
  return ended_;
}
std::map<std::string, totals_of_a_kind> tally::kinds() const {
  const std::lock_guard held{lock_};
  return kinds_;
}
std::vector<std::string> tally::faults() const {
  const std::lock_guard held{lock_};
  return faults_;
}
std::uint64_t tally::fault_count() const {
  const std::lock_guard held{lock_};
  return fault_count_;
}

} // namespace sluice::soak
