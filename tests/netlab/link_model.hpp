// One direction of a network link: what becomes of a packet that is offered at a moment, by rate, queue, delay and
// chance. Plain values, the time is an argument; knows no device, no socket and no clock.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace netlab {

using nanoseconds = std::chrono::nanoseconds;

struct link_options {
  nanoseconds delay{0};        ///< one way
  std::uint64_t rate_bits = 0; ///< a second; 0: without limit
  std::size_t queue_bytes = 0; ///< that may wait for the wire; what does not fit is dropped. 0: without limit
  double loss = 0, reorder = 0, duplicate = 0; ///< parts of 1
  nanoseconds reorder_by{5'000'000};           ///< how much later than due a reordered packet comes
  std::uint64_t seed = 1;
  std::size_t drop_above = 0; ///< bytes: larger packets are dropped, and nobody is told. 0: none is too large
  nanoseconds cut_after = never,
              cut_for = never; ///< nothing gets through from that time on, counted from the first packet, for so long

  static constexpr nanoseconds never{std::int64_t{1} << 60};
};

struct link_counts {
  std::uint64_t packets = 0, bytes = 0, overflowed = 0, lost = 0, reordered = 0, duplicated = 0, too_large = 0, cut = 0;
};

/// Says when the copies of a packet arrive. The wire takes one packet at a time; loss strikes behind the queue, so a
/// lost packet has used the wire. The same options and the same offers give the same answers.
class link_model {
public:
  explicit link_model(const link_options& options) : options_(options), random_(options.seed) {}

  struct arrivals {
    std::size_t count = 0; ///< 0: dropped
    std::array<nanoseconds, 2> at{};
  };

  arrivals offer(std::size_t bytes, nanoseconds now) {
    ++counts_.packets;
    counts_.bytes += bytes;
    // All three are drawn for each packet: one option does not change what chance decides about the others.
    const bool lost = draw(options_.loss), late = draw(options_.reorder), twice = draw(options_.duplicate);
    if (options_.drop_above > 0 && bytes > options_.drop_above) {
      ++counts_.too_large;
      return {};
    }
    if (is_cut(now)) {
      ++counts_.cut;
      return {};
    }
    if (options_.queue_bytes > 0 && waiting_bytes(now) + bytes > options_.queue_bytes) {
      ++counts_.overflowed;
      return {};
    }
    wire_free_ = std::max(wire_free_, now) + on_wire(bytes);
    if (lost) {
      ++counts_.lost;
      return {};
    }
    auto due = wire_free_ + options_.delay;
    if (late) {
      ++counts_.reordered;
      due += options_.reorder_by;
    }
    counts_.duplicated += twice;
    return {twice ? 2u : 1u, {due, due}};
  }

  /// Bytes that are accepted and not yet on their way.
  std::size_t waiting_bytes(nanoseconds now) const {
    if (options_.rate_bits == 0 || wire_free_ <= now)
      return 0;
    return static_cast<std::size_t>(static_cast<double>((wire_free_ - now).count())
                                    * static_cast<double>(options_.rate_bits) / 8e9);
  }
  const link_counts& counts() const noexcept { return counts_; }

private:
  nanoseconds on_wire(std::size_t bytes) const {
    return nanoseconds{options_.rate_bits == 0 ? 0
                                               : static_cast<std::int64_t>(static_cast<double>(bytes) * 8e9
                                                                           / static_cast<double>(options_.rate_bits))};
  }
  bool is_cut(nanoseconds now) {
    if (!first_)
      first_ = now;
    const auto since = now - *first_ - options_.cut_after;
    return since >= nanoseconds{0} && since < options_.cut_for;
  }
  bool draw(double part) { return static_cast<double>(random_() >> 11) * 0x1p-53 < part; }

  link_options options_;
  std::mt19937_64 random_;
  nanoseconds wire_free_{0};
  std::optional<nanoseconds> first_; // when the first packet was offered
  link_counts counts_;
};

/// What is on its way, by the time at which it is due; what is due together comes in the order in which it was sent.
template <class Packet>
class in_flight {
public:
  void push(nanoseconds due, Packet packet) {
    heap_.push_back({due, next_++, std::move(packet)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  std::optional<nanoseconds> next_due() const {
    return heap_.empty() ? std::nullopt : std::optional{heap_.front().due};
  }
  /// The next packet, if it is due.
  std::optional<Packet> pop(nanoseconds now) {
    if (heap_.empty() || heap_.front().due > now)
      return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    auto result = std::move(heap_.back().packet);
    heap_.pop_back();
    return result;
  }
  std::size_t size() const noexcept { return heap_.size(); }

private:
  struct entry {
    nanoseconds due;
    std::uint64_t number;
    Packet packet;
  };
  static bool later(const entry& a, const entry& b) { return std::pair{a.due, a.number} > std::pair{b.due, b.number}; }

  std::vector<entry> heap_;
  std::uint64_t next_ = 0;
};

} // namespace netlab
