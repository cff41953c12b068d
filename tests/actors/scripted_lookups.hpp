// Name lookups for tests: names with addresses, and names whose lookup hangs until the test lets go of it.
// Knows no loop and no actor.
#pragma once

#include <sluice/actors/connect/lookups.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace sluice::tests {

/// Threads of lookups may outlive the test that made them, so they share this.
class scripted_lookups : public std::enable_shared_from_this<scripted_lookups> {
public:
  std::map<std::string, std::vector<std::string>> addresses; ///< by name; set before the first question
  std::atomic<std::size_t> calls{0};

  /// A name that begins with "hung" hangs, "local" is local, "broken" throws, and one without addresses is unknown.
  lookup_functions functions() {
    return {[](const std::string& host) { return host.starts_with("local"); },
            [self = shared_from_this()](const std::string& host) { return self->find(host); }};
  }

  /// So many lookups hang at this moment.
  void wait_until_hanging(std::size_t n) {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [&] { return hanging_ == n; });
  }
  std::size_t most_hanging() const {
    std::lock_guard guard{mutex_};
    return most_hanging_;
  }
  /// From now on none hangs.
  void let_go() {
    std::lock_guard guard{mutex_};
    free_ = true;
    changed_.notify_all();
  }

private:
  lookup_answer find(const std::string& host) {
    ++calls;
    if (host.starts_with("broken"))
      throw std::runtime_error("broken");
    if (host.starts_with("hung")) {
      std::unique_lock guard{mutex_};
      most_hanging_ = std::max(most_hanging_, ++hanging_);
      changed_.notify_all();
      changed_.wait(guard, [&] { return free_; });
      --hanging_;
      changed_.notify_all();
    }
    lookup_answer result;
    if (const auto i = addresses.find(host); i != addresses.end())
      for (const auto& text : i->second)
        result.addresses.push_back(asio::ip::make_address(text));
    if (result.addresses.empty())
      result.problem = {errc::resolve_failed, caused_by::transport, "unknown"};
    return result;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t hanging_ = 0, most_hanging_ = 0;
  bool free_ = false;
};

} // namespace sluice::tests
