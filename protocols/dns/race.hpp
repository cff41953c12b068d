// When which address of a name is tried: a further one beside those that are slow (RFC 8305 section 5), families in
// turn (section 4). Values and decisions; knows no socket, no clock and no form of address.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::dns {

using time_point = std::chrono::steady_clock::time_point;

struct race_limits {
  /// From the beginning (or the last progress) of an attempt to the beginning of the next, RFC 8305's Connection
  /// Attempt Delay.
  std::chrono::milliseconds connection_attempt_delay{250};
  /// An attempt, TCP and TLS handshakes or QUIC's, is given up after that long.
  std::chrono::milliseconds attempt_timeout{60'000};
  std::size_t attempts = 6; ///< under way at once
  /// Instead of attempt_timeout while all places are taken and addresses wait for one: 3 s leave time for two
  /// retransmissions of a SYN (after 1 s and 2 s more), and let 24 addresses be tried within a connect deadline of 10
  /// s.
  std::chrono::milliseconds crowded_timeout{3'000};
};

/// The attempts at the addresses 0, 1, … of one name. Whoever runs it asks give_up() and begin_next() until both have
/// nothing, then again at deadline() and after each failed().
class race {
public:
  race(std::size_t addresses, const race_limits& limits) : limits_(limits), addresses_(addresses) {}

  /// The address to be tried now; each is given once.
  std::optional<std::size_t> begin_next(time_point now);
  /// The attempt that has lasted too long; it is not under way any more.
  std::optional<std::size_t> give_up(time_point now);
  /// The peer has answered: the next attempt can wait a little longer. Tell it a bounded number of times for each
  /// attempt.
  void progressed(time_point now);
  /// The next attempt begins at once.
  void failed(std::size_t which);

  std::size_t under_way() const noexcept { return under_way_.size(); }
  /// No attempt is under way and no address is left.
  bool lost() const noexcept { return under_way_.empty() && next_ == addresses_; }
  /// time_point::max(): only progress, a failure or a success changes anything.
  time_point deadline() const;

private:
  struct attempt {
    std::size_t which;
    time_point begun;
  };
  bool may_begin() const noexcept { return next_ < addresses_ && under_way_.size() < limits_.attempts; }
  std::chrono::milliseconds patience() const;

  race_limits limits_;
  std::size_t addresses_;
  std::size_t next_ = 0;
  time_point next_at_ = time_point::min();
  std::vector<attempt> under_way_; // the oldest first
};

/// The two families take turns, beginning with that of the first address; within a family the order stays.
template <class Address, class IsV6>
std::vector<Address> interleave(const std::vector<Address>& x, IsV6 is_v6) {
  std::vector<Address> families[2];
  for (const auto& address : x)
    families[is_v6(address) == is_v6(x.front()) ? 0 : 1].push_back(address);
  std::vector<Address> result;
  for (std::size_t i = 0; result.size() < x.size(); ++i)
    for (auto& family : families)
      if (i < family.size())
        result.push_back(std::move(family[i]));
  return result;
}

} // namespace sluice::dns
