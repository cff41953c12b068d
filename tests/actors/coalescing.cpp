// Credits that wait fold; none is lost, none is counted twice.
#include "held_loop.hpp"

#include <sluice/actors/io/coalescing.hpp>
#include <sluice/actors/runtime.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <thread>

using namespace sluice;
using namespace sluice::tests;

namespace {

using taker = caf::typed_actor<caf::reacts_to<credit>, rpc<void(settle_atom)>>;

struct taken {
  std::uint64_t messages = 0;
  std::map<std::uint32_t, std::uint64_t> bytes; // by stream
  std::promise<void> done;
};

struct taker_state {
  static inline const char* name = "taker";
};
using taker_pointer = caf::stateful_actor<taker_state, coalescing<pinned<taker::base>>>*;

/// Takes credits until it is told `settle`.
taker::behavior_type run_taker(taker_pointer self, taken* all) {
  return {
      [self, all](const credit& granted) {
        ++all->messages;
        all->bytes[granted.stream] += std::uint64_t{granted.bytes} + self->take_folded(granted.stream);
      },
      [self, all](settle_atom) {
        all->done.set_value();
        self->quit();
      },
  };
}

struct lab {
  lab() { configure(settings); }
  caf::actor_system_config settings;
  caf::actor_system system{settings};
  runtime loops{system};
  taken all;
};

} // namespace

BOOST_AUTO_TEST_SUITE(coalescing)

BOOST_AUTO_TEST_CASE(a_cell_adds_up_until_it_is_taken) {
  credit_cells cells;
  BOOST_TEST((cells.add({3, 10}) == credit_cells::added::first));
  BOOST_TEST((cells.add({3, 20}) == credit_cells::added::folded));
  BOOST_TEST((cells.add({4, 5}) == credit_cells::added::first));
  BOOST_TEST(cells.take(3) == 30u);
  BOOST_TEST(cells.take(3) == 0u);
  BOOST_TEST((cells.add({3, 1}) == credit_cells::added::first));
  BOOST_TEST(cells.take(4) == 5u);
}

BOOST_AUTO_TEST_CASE(a_cell_in_use_by_another_stream_or_full_has_no_room) {
  credit_cells cells;
  BOOST_TEST((cells.add({1, 10}) == credit_cells::added::first));
  BOOST_TEST((cells.add({65, 10}) == credit_cells::added::no_room));
  BOOST_TEST((cells.add({1, UINT32_MAX}) == credit_cells::added::no_room));
  BOOST_TEST(cells.take(65) == 0u);
  BOOST_TEST(cells.take(1) == 10u);
  BOOST_TEST((cells.add({0, UINT32_MAX}) == credit_cells::added::first)); // stream 0 is a stream as any other
  BOOST_TEST(cells.take(0) == UINT32_MAX);
}

BOOST_AUTO_TEST_CASE(credits_that_wait_for_the_loop_are_handled_as_one_for_each_stream) {
  lab setup;
  auto done = setup.all.done.get_future();
  auto to = spawn_on(setup.loops.home(), run_taker, &setup.all);
  {
    held_loop held{setup.loops.home()};
    for (std::uint32_t i = 0; i < 300; ++i)
      caf::anon_send(to, credit{i % 3, i});
    caf::anon_send(to, settle_atom::value);
  }
  done.wait();
  BOOST_TEST(setup.all.messages == 3u);
  BOOST_TEST(setup.all.bytes[0] == 14850u);
  BOOST_TEST(setup.all.bytes[1] == 14950u);
  BOOST_TEST(setup.all.bytes[2] == 15050u);
}

BOOST_AUTO_TEST_CASE(streams_that_share_a_cell_lose_nothing) {
  lab setup;
  auto done = setup.all.done.get_future();
  auto to = spawn_on(setup.loops.home(), run_taker, &setup.all);
  {
    held_loop held{setup.loops.home()};
    for (std::uint32_t i = 0; i < 100; ++i)
      for (std::uint32_t stream : {7u, 71u})
        caf::anon_send(to, credit{stream, i});
    caf::anon_send(to, settle_atom::value);
  }
  done.wait();
  BOOST_TEST(setup.all.messages == 101u); // those of the stream that came second do not fold
  BOOST_TEST(setup.all.bytes[7] == 4950u);
  BOOST_TEST(setup.all.bytes[71] == 4950u);
}

BOOST_AUTO_TEST_CASE(credits_from_many_threads_add_up) {
  lab setup;
  constexpr std::uint32_t threads = 4, rounds = 5000;
  auto done = setup.all.done.get_future();
  auto to = spawn_on(setup.loops.home(), run_taker, &setup.all);
  std::vector<std::thread> senders;
  for (std::uint32_t t = 0; t < threads; ++t)
    senders.emplace_back([&to] {
      for (std::uint32_t i = 0; i < rounds; ++i)
        caf::anon_send(to, credit{i % 100, 1});
    });
  for (auto& sender : senders)
    sender.join();
  caf::anon_send(to, settle_atom::value);
  done.wait();
  BOOST_TEST(setup.all.messages <= threads * rounds);
  BOOST_TEST(setup.all.bytes.size() == 100u);
  for (auto& [stream, bytes] : setup.all.bytes)
    BOOST_TEST(bytes == threads * rounds / 100);
}

BOOST_AUTO_TEST_SUITE_END()
