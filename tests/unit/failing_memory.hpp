// Memory that runs out at a chosen allocation, of C++ and of the C libraries alike. Inert unless a test arms it, and
// then only on the test's own thread and only inside `counted` scopes.
#pragma once

#include <cstdint>
#include <utility>

namespace sluice::failing_memory {

/// From now on the `nth` allocation that is counted fails (from 1), with `all_after` each later one too.
void arm(std::uint64_t nth, bool all_after) noexcept;
/// No allocation fails any more. Whether one did since arm().
bool disarm() noexcept;
/// Counts as an allocation; whether it fails.
bool next_fails() noexcept;

/// While it lives, allocations count, or do not.
class scope {
public:
  explicit scope(bool counts) noexcept;
  ~scope();
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;

private:
  bool before_;
};

/// Runs what is under test.
template <class F>
decltype(auto) counted(F&& f) {
  scope on{true};
  return std::forward<F>(f)();
}
/// Runs what belongs to the test itself.
template <class F>
decltype(auto) uncounted(F&& f) {
  scope off{false};
  return std::forward<F>(f)();
}

} // namespace sluice::failing_memory
