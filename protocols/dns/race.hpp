// Happy Eyeballs (RFC 8305): decides when to start a connection attempt to which address of a name. A slow attempt goes
// on while the next one starts (section 5); address families alternate (section 4). Makes decisions only; the time is
// an argument. Knows no socket and no address format.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::dns {

using time_point = std::chrono::steady_clock::time_point;

struct race_limits {
  /// From the start (or the last progress) of an attempt to the start of the next: the Connection Attempt Delay of RFC
  /// 8305 section 5.
  std::chrono::milliseconds connection_attempt_delay{250};
  /// Longest duration of an attempt: TCP and TLS handshakes, or the QUIC handshake.
  std::chrono::milliseconds attempt_timeout{60'000};
  std::size_t attempts = 6; ///< running at the same time, at most
  /// Replaces attempt_timeout while `attempts` attempts run and further addresses wait. 3 s allow two retransmissions
  /// of a SYN (after 1 s and after 2 s more), and 24 addresses within a connect deadline of 10 s.
  std::chrono::milliseconds crowded_timeout{3'000};
};

/// The connection attempts to the addresses 0, 1, … of one name. The caller calls give_up() and begin_next() until both
/// return nothing, and again at deadline() and after each failed().
class race {
public:
  race(std::size_t addresses, const race_limits& limits) : limits_(limits), addresses_(addresses) {}

  /// So many addresses there are now, no fewer than begun(): the other family of addresses has been looked up. The
  /// caller may have put those that are not begun into another order.
  void set_addresses(std::size_t addresses) noexcept { addresses_ = addresses; }
  /// Addresses 0 to begun() - 1 were returned by begin_next().
  std::size_t begun() const noexcept { return next_; }

  /// Returns the address to try now. Each address is returned once.
  std::optional<std::size_t> begin_next(time_point now);
  /// Removes an attempt that has timed out and returns its address.
  std::optional<std::size_t> give_up(time_point now);
  /// The peer has answered an attempt: the start of the next one is postponed. Call it a bounded number of times for
  /// each attempt, or the next one never starts.
  void progressed(time_point now);
  /// The attempt at address `which` failed: the next attempt may start immediately.
  void failed(std::size_t which);

  std::size_t under_way() const noexcept { return under_way_.size(); }
  /// No attempt is running and no address is left.
  bool lost() const noexcept { return under_way_.empty() && next_ == addresses_; }
  /// When give_up() or begin_next() may next return something; time_point::max(): not because of time alone.
  time_point deadline() const;

private:
  struct attempt {
    std::size_t which;
    time_point begun;
  };
  bool may_begin() const noexcept { return next_ < addresses_ && under_way_.size() < limits_.attempts; }
  std::chrono::milliseconds timeout() const;

  race_limits limits_;
  std::size_t addresses_;
  std::size_t next_ = 0;
  time_point next_begins_at_ = time_point::min();
  std::vector<attempt> under_way_; // oldest first
};

/// Reorders the addresses so that the two families alternate, starting with the family of the first address. The order
/// within a family is kept.
template <class Address, class IsV6>
std::vector<Address> interleave(const std::vector<Address>& addresses, IsV6 is_v6) {
  std::vector<Address> families[2];
  for (const auto& address : addresses)
    families[is_v6(address) == is_v6(addresses.front()) ? 0 : 1].push_back(address);
  std::vector<Address> result;
  for (std::size_t i = 0; result.size() < addresses.size(); ++i)
    for (auto& family : families)
      if (i < family.size())
        result.push_back(std::move(family[i]));
  return result;
}

} // namespace sluice::dns
