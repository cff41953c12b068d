// A mailbox that adds up credits: while one for a stream waits in the mailbox, further ones are added to it. Many reads
// in a row then wake the connection once. Knows nothing of windows.
#pragma once

#include <sluice/messages/values.hpp>

#include <caf/all.hpp>

#include <array>
#include <atomic>

namespace sluice {

/// A fixed table of 64 cells, each with a stream and the wire bytes that wait for it. Any thread adds, without locks;
/// the owner takes. `no_room`: the cell belongs to another stream, or would overflow.
class credit_cells {
public:
  enum class added : std::uint8_t { first, folded, no_room };

  added add(credit received) noexcept {
    auto& cell = at(received.stream);
    auto current = cell.load(std::memory_order_relaxed);
    for (;;) {
      std::uint64_t next = 0;
      if (current == 0)
        next = pack(received);
      else if (key(current) == received.stream && amount(current) + std::uint64_t{received.bytes} <= UINT32_MAX)
        next = current + received.bytes;
      else
        return added::no_room;
      if (cell.compare_exchange_weak(current, next, std::memory_order_acq_rel, std::memory_order_relaxed))
        return current == 0 ? added::first : added::folded;
    }
  }
  std::uint32_t take(std::uint32_t index) noexcept {
    auto& cell = at(index);
    auto current = cell.load(std::memory_order_acquire);
    while (current != 0 && key(current) == index)
      if (cell.compare_exchange_weak(current, 0, std::memory_order_acq_rel))
        return amount(current);
    return 0;
  }

private:
  static constexpr std::size_t slots = 64;
  static std::uint64_t pack(credit received) noexcept {
    return (std::uint64_t{received.stream} + 1) << 32 | received.bytes;
  }
  static std::uint32_t key(std::uint64_t packed) noexcept { return static_cast<std::uint32_t>((packed >> 32) - 1); }
  static std::uint32_t amount(std::uint64_t packed) noexcept { return static_cast<std::uint32_t>(packed); }
  std::atomic<std::uint64_t>& at(std::uint32_t index) noexcept { return cells_[index % slots]; }
  std::array<std::atomic<std::uint64_t>, slots> cells_{};
};

/// Mixin over a pinned actor: asynchronous credits are added to the one that already waits for their stream. The
/// handler of a credit adds take_folded() to the bytes of the message.
template <class Base>
class coalescing : public Base {
public:
  using Base::Base;
  using Base::enqueue;

  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    if (element->mid.is_async() && element->content().template match_elements<credit>()) {
      switch (cells_.add(element->content().template get_as<credit>(0))) {
        case credit_cells::added::folded: return; // one is under way
        case credit_cells::added::first: element->content().template get_mutable_as<credit>(0).bytes = 0; break;
        case credit_cells::added::no_room: break; // an ordinary message
      }
    }
    Base::enqueue(std::move(element), unit);
  }

  /// For the handler of a credit: the wire bytes that were added to it.
  std::uint32_t take_folded(std::uint32_t index) noexcept { return cells_.take(index); }

private:
  credit_cells cells_;
};

} // namespace sluice
