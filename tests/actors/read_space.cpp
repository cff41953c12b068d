// How bytes that were read become chunks, and what memory these keep alive.
#include <sluice/actors/connection/read_space.hpp>
#include <sluice/protocols/flow/chunk_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using namespace sluice;

namespace {

/// A reader that stalls, beside a fast sibling on the same connection: each turn brings some bytes for it among the
/// sibling's.
struct interleaving {
  static constexpr std::size_t block = 256u << 10;
  std::shared_ptr<chunk_pool> blocks = chunk_pool::make(block, 4);
  flow::budget budget{wire_bytes{std::uint64_t{1} << 40}};
  flow::account account;
  read_space space;
  body_input input;
  flow::chunk_queue queue; // as the stalled stream keeps them
  std::uint64_t copied = 0;

  explicit interleaving(std::uint64_t window)
    : account(budget, {wire_bytes{window}, wire_bytes{window}, std::chrono::milliseconds{1}, true}) {}

  void turn(std::size_t mine, std::size_t sibling) {
    body_input others;
    std::vector<chunk> to;
    const auto room = space.room(*blocks);
    const auto a = std::min(mine, room.size() / 2), b = std::min(sibling, room.size() - a);
    std::fill_n(room.data(), a + b, std::byte{7});
    input.pieces.push_back(space.keep(room.first(a), SIZE_MAX));
    others.pieces.push_back(space.keep(room.subspan(a, b), SIZE_MAX));
    read_space::hand_over(input, account, true, to); // as for a reader that has kept up until now
    for (auto& part : to)
      queue.push(std::move(part));
  }
  std::size_t memory() const { return blocks->in_use() * block; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(read_space)

BOOST_AUTO_TEST_CASE(small_frames_among_a_siblings_pin_no_more_than_the_window_and_one_block) {
  for (const std::size_t frame : {1u, 64u, 1024u, 20'000u}) {
    constexpr std::uint64_t window = 1u << 20;
    interleaving reads{window};
    while (reads.account.outstanding() < wire_bytes{std::min<std::uint64_t>(window - frame, 3000 * frame)}) {
      reads.turn(frame, (240u << 10) - frame);
      BOOST_REQUIRE(reads.account.pinned() <= wire_bytes{window + (256u << 10)});
    }
    // In use beside what is pinned: the block that is being read into.
    BOOST_TEST(reads.memory() <= reads.account.pinned().value + interleaving::block);
    BOOST_TEST(reads.queue.bytes() == reads.account.outstanding().value);
  }
}

BOOST_AUTO_TEST_CASE(tiny_pieces_that_are_copied_lie_behind_each_other) {
  interleaving reads{64u << 10};
  for (int i = 0; i < 5000; ++i)
    reads.turn(8, 200'000);
  BOOST_TEST(reads.queue.bytes() == 40'000u);
  BOOST_TEST(reads.queue.size() <= 5u);
}

BOOST_AUTO_TEST_SUITE_END()
