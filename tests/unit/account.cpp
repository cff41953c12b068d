// The account of a body, and the queues and pins it is made of.
#include <sluice/protocols/flow/account.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <iostream>
#include <random>

using namespace sluice;
using namespace sluice::flow;

namespace {

constexpr std::size_t block = 256u << 10;
/// Blocks are told apart by their address alone.
const void* at(std::uintptr_t n) { return reinterpret_cast<const void*>(n * 16); }

tuner_config fixed(std::uint64_t n) { return {wire_bytes{n}, wire_bytes{n}, std::chrono::milliseconds{1}, true}; }

} // namespace

BOOST_AUTO_TEST_SUITE(account)

BOOST_AUTO_TEST_CASE(a_fifo_of_which_something_is_always_left_keeps_no_room_for_what_was_taken) {
  fifo<int> x;
  x.push(0);
  for (int i = 1; i < 1'000'000; ++i) {
    x.push(i);
    BOOST_REQUIRE(x.pop() == i - 1);
  }
  BOOST_TEST(x.size() == 1u);
  BOOST_TEST(x.capacity() <= 256u);
}

BOOST_AUTO_TEST_CASE(a_block_is_held_until_the_last_byte_of_the_body_in_it_is_released) {
  pins x;
  x.add(at(1), block, wire_bytes{10});
  x.add(at(1), block, wire_bytes{5});
  x.add(at(2), block, wire_bytes{1});
  x.add(nullptr, 7, wire_bytes{7});
  x.add(nullptr, 7, wire_bytes{7});
  BOOST_TEST(x.held().value == 2 * block + 14);
  x.release(wire_bytes{14});
  BOOST_TEST(x.held().value == 2 * block + 14);
  x.release(wire_bytes{1});
  BOOST_TEST(x.held().value == block + 14);
  x.release(wire_bytes{2});
  BOOST_TEST(x.held().value == 14u);
  x.release(wire_bytes{13});
  BOOST_TEST(x.held().value == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_pinned_stays_within_the_window_and_one_block_for_any_sizes_and_interleaving) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random{seed};
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t window = 1u << (10 + random() % 13);
    const std::uint64_t largest = 1u << (1 + random() % 17);
    const std::size_t capacity = random() % 2 ? block : block / 4;
    budget shared{wire_bytes{1u << 30}};
    {
      flow::account x{shared, fixed(window)};
      x.set_peer_counts(true);
      std::uint64_t granted = window; // what the peer may still send
      std::uintptr_t current = 1;
      for (int i = 0; i < 3000; ++i) {
        if (random() % 3 == 0) // others fill the block
          ++current;
        const auto n = std::min(granted, 1 + random() % largest);
        if (n > 0 && random() % 4 != 0) {
          const bool shares = x.may_share(at(current), capacity, wire_bytes{n});
          x.receive(wire_bytes{n}, shares ? at(current) : nullptr, shares ? capacity : n);
          granted -= n;
        } else {
          const wire_bytes consumed{std::min(x.outstanding().value, 1 + random() % (2 * largest))};
          granted += x.release(consumed, std::chrono::nanoseconds{i}, {}).grant.value;
        }
        BOOST_REQUIRE(x.pinned() <= wire_bytes{window + block});
        BOOST_REQUIRE(shared.used() == std::max(x.pinned(), wire_bytes{window}));
      }
      granted += x.release(x.outstanding(), std::chrono::nanoseconds{4000}, {}).grant.value;
      BOOST_TEST(granted >= window / 2); // nothing pinned is left behind to narrow it
      BOOST_TEST(x.pinned().value == 0u);
    }
    BOOST_TEST(shared.used().value == 0u);
  }
}

BOOST_AUTO_TEST_CASE(reading_that_blocks_hold_up_goes_on_when_they_are_released) {
  budget shared{wire_bytes{1u << 20}};
  flow::account x{shared, fixed(1024)};
  x.receive(wire_bytes{512}, at(1), block);
  x.receive(wire_bytes{1}, nullptr, 1024);
  BOOST_TEST(x.full());
  BOOST_TEST(!x.release(wire_bytes{1}, std::chrono::nanoseconds{1}, {}).resume);
  const auto done = x.release(wire_bytes{511}, std::chrono::nanoseconds{2}, {});
  BOOST_TEST(done.resume);
  BOOST_TEST(done.grant.value == 0u); // it does not count
  BOOST_TEST(!x.full());
  BOOST_TEST(x.room().value == 1023u);
}

BOOST_AUTO_TEST_CASE(growth_that_the_budget_refuses_leaves_the_window) {
  budget shared{wire_bytes{100'000}};
  flow::account x{shared, {wire_bytes{65536}, wire_bytes{1u << 20}, std::chrono::milliseconds{1}, false}};
  for (int i = 0; i < 20; ++i) {
    x.receive(wire_bytes{65536}, nullptr, 65536);
    x.release(wire_bytes{65536}, std::chrono::microseconds{i}, std::chrono::milliseconds{1});
  }
  BOOST_TEST(x.window().size().value == 65536u);
  BOOST_TEST(shared.used().value == 65536u);
}

BOOST_AUTO_TEST_SUITE_END()
