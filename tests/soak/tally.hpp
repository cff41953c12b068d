// What is under way and what came of it. Any thread.
// Knows neither actors nor HTTP.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice::soak {

using clock = std::chrono::steady_clock;

struct totals_of_a_kind {
  std::uint64_t ended = 0;
  std::uint64_t failed = 0; ///< with a failure, expected or not
};

class tally {
public:
  struct pending {
    std::string what;
    clock::time_point begun;
  };

  /// An exchange begins. Its number.
  std::uint64_t begin(std::string what);
  /// It moves bytes: of the exchanges of the last phase.
  void flows(std::uint64_t id);
  /// It ended. A `fault` that is not empty is something that must not be.
  void end(std::uint64_t id, const std::string& kind, bool failed, std::string fault);
  /// Something wrong that belongs to no exchange.
  void fault(std::string text);

  /// Waits until fewer than `most` are under way, or until then; how many there are.
  std::size_t wait_below(std::size_t most, clock::time_point until);
  std::optional<pending> oldest() const;
  std::size_t flowing() const; ///< of those under way: that have moved bytes
  std::uint64_t ended() const;
  std::map<std::string, totals_of_a_kind> kinds() const;
  std::vector<std::string> faults() const;
  std::uint64_t fault_count() const;

private:
  void note(std::string text);

  static constexpr std::size_t faults_kept = 40;
  mutable std::mutex lock_;
  std::condition_variable ended_one_;
  std::uint64_t next_ = 0, ended_ = 0, fault_count_ = 0;
  struct entry : pending {
    bool flows = false;
  };
  std::map<std::uint64_t, entry> under_way_; // by number, hence by age
  std::map<std::string, totals_of_a_kind> kinds_;
  std::vector<std::string> faults_;
};

} // namespace sluice::soak
