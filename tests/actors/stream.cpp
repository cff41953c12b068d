// The stream alone: its deadlines, what it sends again, what it lends, and when it ends.
#include "scripted_neighbours.hpp"

#include <sluice/actors/body/stream.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

struct scene {
  by_hand hand;
  scripted_pool owner{(hand.share(), hand)};
  scripted_connection parent{hand};
  caller user{hand};
  exchange_ptr exchange = hand.exchange_to("http://a/");
  stream actor = spawn_stream(hand.home(), parent.actor, 7, owner.actor);
  std::shared_ptr<caller::answer<response>> answer;
  std::size_t others = 0;

  void begin() {
    hand.settle();
    others = hand.alive() - 1;
    exchange->owner = user.address();
    answer = user.ask<response>(actor, begin_atom::value, exchange);
    hand.settle();
  }
  void arrive(const arrival_ptr& arrived) {
    caf::anon_send(actor, arrived);
    hand.settle();
  }
  void head(std::uint16_t status = 200) {
    auto result = std::make_shared<arrival>();
    result->head.emplace();
    result->head->status = status;
    arrive(result);
  }
  void body(std::size_t n, bool end = false) {
    auto result = std::make_shared<arrival>();
    result->data.push_back(chunk::filled(n, [](std::byte*) {}));
    result->ended = end;
    arrive(result);
  }
  void fail(failure why, bool may_be_retried) {
    auto result = std::make_shared<arrival>();
    result->problem = std::move(why);
    result->may_be_retried = may_be_retried;
    arrive(result);
  }
  /// Only stand-ins are left, and the reader if its handle is held.
  bool ended() const { return hand.alive() <= others + (answer && answer->value ? 1 : 0); }
};

const failure refused{errc::refused, caused_by::remote, "refused"};

} // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(the_deadline_total_passes_at_its_time_whatever_came) {
  scene f;
  f.exchange->request.deadlines.total = 100ms;
  f.begin();
  f.head();
  f.hand.advance(99ms);
  const auto read = f.user.ask<piece>(f.answer->value->body, read_atom::value, decoded_bytes{10});
  f.hand.settle();
  BOOST_TEST(read->pending());
  f.hand.advance(1ms);
  BOOST_TEST((read->problem.code == errc::timed_out));
  BOOST_TEST(f.parent.abandoned == 1);
  BOOST_TEST(f.ended());
}

BOOST_AUTO_TEST_CASE(the_deadline_total_counts_from_the_request_not_from_the_connection) {
  scene f;
  f.exchange->request.deadlines.total = 100ms;
  f.hand.advance(80ms); // it waited for a connection
  f.begin();
  f.hand.advance(20ms);
  BOOST_TEST((f.answer->problem.code == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(the_deadline_head_is_over_with_the_head) {
  scene late;
  late.exchange->request.deadlines.head = 50ms;
  late.begin();
  late.hand.advance(50ms);
  BOOST_TEST((late.answer->problem.code == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(after_the_head_its_deadline_does_not_matter) {
  scene f;
  f.exchange->request.deadlines.head = 50ms;
  f.begin();
  f.head();
  f.hand.advance(1h);
  BOOST_TEST(f.answer->value.has_value());
  BOOST_TEST(!f.ended());
}

BOOST_AUTO_TEST_CASE(what_may_be_sent_again_is_sent_again_once) {
  for (std::uint32_t attempts : {0u, 1u}) {
    scene f;
    f.exchange->attempts = attempts;
    f.begin();
    f.fail(refused, true);
    BOOST_TEST(f.owner.told.size() == (attempts == 0 ? 1u : 0u));
    BOOST_TEST((f.answer->problem.code == errc::refused));
    BOOST_TEST(f.ended());
  }
}

BOOST_AUTO_TEST_CASE(an_upload_that_was_begun_is_not_sent_again) {
  scene f;
  f.exchange->source_touched = true;
  f.begin();
  f.fail(refused, true);
  BOOST_TEST(f.owner.told.empty());
}

BOOST_AUTO_TEST_CASE(what_needs_HTTP_1_1_is_sent_again_over_it) {
  scene f;
  f.begin();
  f.fail({errc::http1_required, caused_by::remote, "HTTP/1.1"}, false);
  BOOST_TEST(f.owner.told == std::vector<std::string>{"retry"});
  BOOST_TEST(f.exchange->http1_only);
}

BOOST_AUTO_TEST_CASE(a_connection_of_another_origin_that_says_421_is_left) {
  scene f;
  f.exchange->coalesced = true;
  f.begin();
  f.head(421);
  BOOST_TEST(f.owner.told == std::vector<std::string>{"retry"});
  BOOST_TEST(f.exchange->misdirected);
  BOOST_TEST(f.ended());
}

BOOST_AUTO_TEST_CASE(no_more_is_lent_than_the_reader_has_room_for) {
  scene f;
  f.begin();
  f.head();
  f.body(200'000);
  BOOST_TEST(f.exchange->counters->snapshot().decoded.value == 64u << 10);
}

BOOST_AUTO_TEST_CASE(it_ends_once_all_is_told_and_settled) {
  for (const bool settled_first : {false, true}) {
    scene f;
    f.begin();
    f.head();
    if (settled_first) {
      caf::anon_send(f.actor, settled_atom::value);
      f.hand.settle();
    }
    f.body(10, true);
    BOOST_TEST(f.ended() == settled_first);
    caf::anon_send(f.actor, settled_atom::value);
    f.hand.settle();
    BOOST_TEST(f.ended());
    BOOST_TEST(f.parent.abandoned == 1);
  }
}

BOOST_AUTO_TEST_CASE(the_last_handle_of_the_reader_cancels_it) {
  scene f;
  f.begin();
  f.head();
  f.answer->value.reset();
  f.hand.settle();
  BOOST_TEST(f.parent.abandoned == 1);
  BOOST_TEST(f.ended());
}

BOOST_AUTO_TEST_CASE(it_ends_with_whoever_asked) {
  scene f;
  f.begin();
  f.user.end();
  f.hand.settle();
  BOOST_TEST(f.parent.abandoned == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_without_a_word_is_a_failure) {
  scene f;
  f.begin();
  f.parent.end();
  f.hand.settle();
  BOOST_TEST((f.answer->problem.code == errc::internal));
  BOOST_TEST(f.hand.alive() <= f.others);
}

BOOST_AUTO_TEST_SUITE_END()
