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
  fifo<int> queue;
  queue.push(0);
  for (int i = 1; i < 1'000'000; ++i) {
    queue.push(i);
    BOOST_REQUIRE(queue.pop() == i - 1);
  }
  BOOST_TEST(queue.size() == 1u);
  BOOST_TEST(queue.capacity() <= 256u);
}

BOOST_AUTO_TEST_CASE(a_block_is_held_until_the_last_byte_of_the_body_in_it_is_released) {
  pins entries;
  entries.add(at(1), block, wire_bytes{10});
  entries.add(at(1), block, wire_bytes{5});
  entries.add(at(2), block, wire_bytes{1});
  entries.add(nullptr, 7, wire_bytes{7});
  entries.add(nullptr, 7, wire_bytes{7});
  BOOST_TEST(entries.held().value == 2 * block + 14);
  entries.release(wire_bytes{14});
  BOOST_TEST(entries.held().value == 2 * block + 14);
  entries.release(wire_bytes{1});
  BOOST_TEST(entries.held().value == block + 14);
  entries.release(wire_bytes{2});
  BOOST_TEST(entries.held().value == 14u);
  entries.release(wire_bytes{13});
  BOOST_TEST(entries.held().value == 0u);
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
      flow::account account{shared, fixed(window)};
      account.set_peer_counts(true);
      std::uint64_t granted = window; // what the peer may still send
      std::uintptr_t current = 1;
      for (int i = 0; i < 3000; ++i) {
        if (random() % 3 == 0) // others fill the block
          ++current;
        const auto n = std::min(granted, 1 + random() % largest);
        if (n > 0 && random() % 4 != 0) {
          const bool shares = account.may_share(at(current), capacity, wire_bytes{n});
          account.receive(wire_bytes{n}, shares ? at(current) : nullptr, shares ? capacity : n);
          granted -= n;
        } else {
          const wire_bytes consumed{std::min(account.outstanding().value, 1 + random() % (2 * largest))};
          granted += account.release(consumed, std::chrono::nanoseconds{i}, {}).grant.value;
        }
        BOOST_REQUIRE(account.pinned() <= wire_bytes{window + block});
        BOOST_REQUIRE(shared.used() == std::max(account.pinned(), wire_bytes{window}));
      }
      granted += account.release(account.outstanding(), std::chrono::nanoseconds{4000}, {}).grant.value;
      BOOST_TEST(granted >= window / 2); // nothing pinned is left behind to narrow it
      BOOST_TEST(account.pinned().value == 0u);
    }
    BOOST_TEST(shared.used().value == 0u);
  }
}

BOOST_AUTO_TEST_CASE(reading_that_blocks_hold_up_goes_on_when_they_are_released) {
  budget shared{wire_bytes{1u << 20}};
  flow::account account{shared, fixed(1024)};
  account.receive(wire_bytes{512}, at(1), block);
  account.receive(wire_bytes{1}, nullptr, 1024);
  BOOST_TEST(account.full());
  BOOST_TEST(!account.release(wire_bytes{1}, std::chrono::nanoseconds{1}, {}).resume);
  const auto done = account.release(wire_bytes{511}, std::chrono::nanoseconds{2}, {});
  BOOST_TEST(done.resume);
  BOOST_TEST(done.grant.value == 0u); // it does not count
  BOOST_TEST(!account.full());
  BOOST_TEST(account.room().value == 1023u);
}

BOOST_AUTO_TEST_CASE(growth_that_the_budget_refuses_leaves_the_window) {
  budget shared{wire_bytes{100'000}};
  flow::account account{shared, {wire_bytes{65536}, wire_bytes{1u << 20}, std::chrono::milliseconds{1}, false}};
  for (int i = 0; i < 20; ++i) {
    account.receive(wire_bytes{65536}, nullptr, 65536);
    account.release(wire_bytes{65536}, std::chrono::microseconds{i}, std::chrono::milliseconds{1});
  }
  BOOST_TEST(account.window().size().value == 65536u);
  BOOST_TEST(shared.used().value == 65536u);
}

BOOST_AUTO_TEST_SUITE_END()
