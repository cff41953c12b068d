// The source between a file and a connection, alone: what it reads ahead, what it gives, and how fast.
#include "../actors/by_hand.hpp"

#include <sluice/deploy/command/metered_source.hpp>

#include <boost/test/unit_test.hpp>

#include <deque>
#include <vector>

using namespace sluice;
using namespace sluice::command;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

/// A source that answers when the test says so.
struct scripted_source {
  struct state {
    static inline const char* name = "test.source";
    explicit state(void*) {}
  };
  using self_type = pinned_actor<body_source, state>;
  struct asked {
    std::uint64_t most = 0;
    caf::typed_response_promise<piece> answer;
  };

  explicit scripted_source(by_hand& world) : hand(world) {
    actor = spawn_on(hand.home(), [this](self_type* self) -> body_source::behavior_type {
      quiet(self);
      return {[this, self](read_atom, decoded_bytes most) -> caf::result<piece> {
        auto promise = self->make_response_promise<piece>();
        questions.push_back({most.value, promise});
        return promise;
      }};
    });
  }
  void give(std::string bytes, bool end = false) {
    BOOST_REQUIRE(!questions.empty());
    BOOST_TEST(bytes.size() <= questions.front().most);
    piece next{chunk::copy_of(bytes), end};
    if (end)
      next.trailers.add("checksum", "1");
    answer(std::move(next));
  }
  void fail(const std::string& why) { answer(make_error(failure{errc::consumer_failed, caused_by::local, why})); }
  void answer(auto what) {
    auto promise = std::move(questions.front().answer);
    questions.pop_front();
    promise.deliver(std::move(what));
    hand.settle();
  }

  by_hand& hand;
  std::deque<asked> questions;
  body_source actor;
};

struct scene {
  by_hand hand;
  scripted_source from{hand};
  caller connection{hand};
  std::shared_ptr<std::uint64_t> given = std::make_shared<std::uint64_t>(0);
  body_source metered;

  explicit scene(std::uint64_t per_second = 0) : metered(meter(hand.home(), from.actor, given, per_second)) {
    hand.settle();
  }
  std::shared_ptr<caller::answer<piece>> read(std::uint64_t most) {
    auto result = connection.ask<piece>(metered, read_atom::value, decoded_bytes{most});
    hand.settle();
    return result;
  }
};

constexpr std::size_t block_bytes = 256u << 10;

} // namespace

BOOST_AUTO_TEST_SUITE(metered_sources)

BOOST_AUTO_TEST_CASE(what_was_read_at_once_is_given_in_parts_as_they_are_asked_for) {
  scene s;
  auto first = s.read(5);
  BOOST_TEST(first->pending());
  s.from.give("abcdefg");
  BOOST_REQUIRE(first->value.has_value());
  BOOST_TEST(first->value->data.text() == "abcde");
  BOOST_TEST(!first->value->end);
  BOOST_TEST(*s.given == 5u);
  BOOST_TEST(s.read(5)->value->data.text() == "fg"); // and does not wait for more

  auto third = s.read(5);
  BOOST_TEST(third->pending());
  s.from.give("h", true);
  BOOST_TEST(third->value->data.text() == "h");
  BOOST_TEST(!third->value->end);
  auto last = s.read(5);
  BOOST_TEST(last->value->data.empty());
  BOOST_TEST(last->value->end);
  BOOST_TEST(last->value->trailers.get("checksum").value_or("") == "1");
  BOOST_TEST(*s.given == 8u);
  BOOST_TEST(s.from.questions.empty());
}

BOOST_AUTO_TEST_CASE(what_nobody_takes_is_read_ahead_to_two_blocks_at_most) {
  scene s;
  auto first = s.read(1);
  for (int i = 0; i < 2; ++i)
    s.from.give(std::string(block_bytes, 'x'));
  BOOST_TEST(s.from.questions.empty()); // 512 KiB less one byte are there
  for (int i = 0; i < 4; ++i)           // what is left of the first block
    BOOST_TEST(s.read(64u << 10)->value.has_value());
  BOOST_TEST(s.from.questions.empty());
  BOOST_TEST(s.read(64u << 10)->value.has_value());
  BOOST_TEST(s.from.questions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(of_small_pieces_only_so_many_are_read_ahead) {
  scene s;
  auto first = s.read(1);
  int pieces = 0;
  for (; pieces < 1000 && !s.from.questions.empty(); ++pieces)
    s.from.give("x");
  BOOST_TEST(pieces == 1 + 64);
  BOOST_TEST(s.read(1)->value.has_value());
  BOOST_TEST(s.from.questions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_source_that_fails_is_told_after_what_it_gave) {
  scene s;
  auto first = s.read(2);
  s.from.give("abc");
  s.from.fail("the disk is gone");
  BOOST_TEST(s.read(2)->value->data.text() == "c");
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(s.read(2)->problem.detail.find("the disk is gone") != std::string::npos);
  BOOST_TEST(s.from.questions.empty());
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_bytes_a_second_are_given) {
  scene s{1000};
  auto first = s.read(65536);
  s.from.give(std::string(5000, 'x'));
  BOOST_TEST(first->pending()); // a tenth of a second's, once that is over
  s.hand.advance(99ms);
  BOOST_TEST(first->pending());
  s.hand.advance(1ms);
  BOOST_REQUIRE(first->value.has_value());
  BOOST_TEST(first->value->data.size() == 100u);
  for (int i = 2; i <= 50; ++i) {
    auto next = s.read(65536);
    s.hand.advance(100ms);
    BOOST_REQUIRE(next->value.has_value());
    BOOST_TEST(*s.given == 100u * static_cast<unsigned>(i));
  }
}

BOOST_AUTO_TEST_CASE(it_ends_with_what_it_reads_from) {
  scene s;
  caf::anon_send_exit(s.from.actor, caf::exit_reason::kill);
  s.hand.settle();
  BOOST_TEST(s.hand.alive() == 1u); // who asks
  auto after = s.read(1);
  BOOST_TEST(static_cast<bool>(after->problem));
}

BOOST_AUTO_TEST_SUITE_END()
