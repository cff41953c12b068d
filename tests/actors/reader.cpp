// The reader alone: what it lends, when that becomes credit, and how far it reads ahead.
#include "scripted_neighbours.hpp"

#include <sluice/actors/body/reader.hpp>
#include <sluice/actors/client/exchange.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;

namespace {

struct scene {
  by_hand hand;
  scripted_stream from{(hand.share(), hand)};
  scripted_connection credit_to{hand};
  exchange_ptr exchange = hand.exchange_to("http://a/");
  std::unique_ptr<caller> owner = std::make_unique<caller>(hand);
  caller other{hand};
  local_reader reader = spawn();

  local_reader spawn() {
    exchange->owner = owner->address();
    auto result = spawn_reader(hand.home(), from.actor, credit_to.actor, 7, exchange);
    hand.settle();
    return result;
  }
  /// The stream lends so many bytes, which cost as many, or `cost`.
  void lend(std::size_t bytes, std::uint32_t cost = UINT32_MAX) {
    auto result = std::make_shared<delivery>();
    result->pieces.push_back(
        {chunk::filled(bytes, [](std::byte*) {}), cost == UINT32_MAX ? static_cast<std::uint32_t>(bytes) : cost});
    give(result);
  }
  void end() {
    auto result = std::make_shared<delivery>();
    result->ended = true;
    result->trailers.add("checksum", "1");
    give(result);
  }
  void give(const delivery_ptr& delivered) {
    caf::anon_send(reader, delivered);
    hand.settle();
  }
  std::shared_ptr<caller::answer<piece>> read(std::uint64_t most) {
    auto result = owner->ask<piece>(body_reader{reader}, read_atom::value, decoded_bytes{most});
    hand.settle();
    return result;
  }
  void tell_reader(auto what) {
    owner->tell(body_reader{reader}, what);
    hand.settle();
  }
};

using numbers = std::vector<std::uint32_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(reader)

BOOST_AUTO_TEST_CASE(what_was_lent_becomes_credit_with_the_next_read_and_not_before) {
  scene f;
  f.lend(10'000);
  BOOST_TEST(f.read(4000)->value->data.size() == 4000u);
  BOOST_TEST(f.credit_to.credits.empty());
  BOOST_TEST(f.read(100'000)->value->data.size() == 6000u);
  BOOST_TEST(f.credit_to.credits == numbers{4000});
  f.tell_reader(settle_atom::value);
  f.tell_reader(settle_atom::value); // nothing more is lent
  BOOST_TEST((f.credit_to.credits == numbers{4000, 6000}));
}

BOOST_AUTO_TEST_CASE(a_decoded_piece_costs_what_it_took_on_the_wire_once_its_last_part_is_consumed) {
  scene f;
  f.lend(10'000, 50);
  BOOST_TEST(f.read(9'000)->value->data.size() == 9'000u);
  f.tell_reader(settle_atom::value);
  BOOST_TEST(f.credit_to.credits.empty());
  f.read(9'000);
  f.tell_reader(settle_atom::value);
  BOOST_TEST(f.credit_to.credits == numbers{50});
}

BOOST_AUTO_TEST_CASE(it_reads_ahead_64_KiB_and_asks_for_more_once_half_of_that_is_read) {
  scene f;
  f.lend(64u << 10);
  BOOST_TEST(f.from.demands.empty());
  f.read(32u << 10);
  BOOST_TEST(f.from.demands == std::vector<std::uint64_t>{32u << 10});
}

BOOST_AUTO_TEST_CASE(a_reader_that_waits_reads_further_ahead_each_time_up_to_1_MiB) {
  scene f;
  std::uint64_t asked = 64u << 10;
  for (int i = 0; i < 10; ++i) {
    const auto waits = f.read(1u << 20);
    BOOST_TEST(waits->pending());
    for (auto n : std::exchange(f.from.demands, {}))
      asked += n;
    f.lend(static_cast<std::size_t>(asked));
    asked = 0;
    BOOST_TEST(!waits->pending());
    while (f.reader && !f.from.demands.empty() && asked == 0)
      for (auto n : std::exchange(f.from.demands, {}))
        asked += n;
    BOOST_TEST(asked <= 1u << 20);
    f.tell_reader(settle_atom::value);
  }
  BOOST_TEST(asked == 1u << 20);
}

BOOST_AUTO_TEST_CASE(the_end_is_told_after_the_last_byte_and_again_and_again) {
  scene f;
  f.lend(10);
  f.end();
  BOOST_TEST(!f.read(100)->value->end);
  for (int i = 0; i < 3; ++i) {
    const auto asked = f.read(100);
    BOOST_TEST(asked->value->end);
    BOOST_TEST(asked->value->trailers.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_second_read_at_once_and_one_of_no_bytes_are_refused) {
  scene f;
  const auto first = f.read(10);
  BOOST_TEST((f.read(10)->problem.code == errc::invalid_request));
  BOOST_TEST((f.read(0)->problem.code == errc::invalid_request));
  f.lend(10);
  BOOST_TEST(first->value->data.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_cancel_answers_the_read_that_waits_and_tells_the_stream) {
  scene f;
  const auto waits = f.read(10);
  f.tell_reader(cancel_atom::value);
  BOOST_TEST((waits->problem.code == errc::cancelled));
  BOOST_TEST(f.from.cancelled);
  BOOST_TEST((f.read(10)->problem.code == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(what_was_read_ahead_is_given_back_by_a_cancel_after_the_end) {
  scene f;
  f.lend(1000);
  f.lend(500, 20);
  f.end();
  f.read(10);
  f.tell_reader(cancel_atom::value);
  std::uint64_t all = 0;
  for (auto n : f.credit_to.credits)
    all += n;
  BOOST_TEST(all == 1020u);
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_owner_and_goes_on_with_one_that_adopted_it) {
  {
    scene f;
    f.owner = nullptr;
    f.hand.settle();
    BOOST_TEST(f.from.cancelled);
  }
  scene f;
  f.other.tell(body_reader{f.reader}, adopt_atom::value);
  f.hand.settle();
  f.owner = nullptr;
  f.hand.settle();
  BOOST_TEST(!f.from.cancelled);
  f.other.end();
  f.hand.settle();
  BOOST_TEST(f.from.cancelled);
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_without_a_word_fails_the_read_that_waits) {
  scene f;
  const auto waits = f.read(10);
  f.from.end();
  f.hand.settle();
  BOOST_TEST((waits->problem.code == errc::internal));
}

BOOST_AUTO_TEST_SUITE_END()
