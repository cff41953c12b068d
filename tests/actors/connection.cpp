// The connection alone, on virtual time: when it lets the origin send, its deadlines, and its end.
#include "fixture.hpp"
#include "scripted_neighbours.hpp"
#include "scripted_origin.hpp"

#include <sluice/actors/connection/connection.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

using answer = std::shared_ptr<caller::answer<response>>;

struct scene {
  by_hand hand;
  std::shared_ptr<client_shared> shared = hand.share();
  scripted_connectors connectors{hand};
  scripted_pool owner{hand};
  caller user{hand};
  connection actor = spawn_connection(hand.home(), owner.actor, 1, shared);
  std::shared_ptr<scripted_peer> peer;
  bool shares;

  explicit scene(bool shares_connections = true) : shares(shares_connections) {}

  answer begin(std::string target = "/1", request wanted = {}) {
    auto exchange = hand.exchange_to("http://a" + target);
    wanted.url = exchange->request.url;
    wanted.read.decode = false;
    exchange->request = std::move(wanted);
    exchange->owner = user.address();
    auto result = user.ask<response>(actor, begin_atom::value, std::move(exchange));
    hand.settle();
    if (!peer && connectors.asked() > 0) {
      peer = connectors.connect(shares);
      hand.settle();
    }
    return result;
  }
  /// One that has its head.
  answer open(std::string target = "/1", request wanted = {}) {
    auto result = begin(std::move(target), std::move(wanted));
    peer->head(last());
    hand.settle();
    return result;
  }
  std::uint32_t last() const { return peer->exchanges.rbegin()->first; }
  std::shared_ptr<caller::answer<piece>> read(const answer& opened, std::uint64_t most) {
    auto result = user.ask<piece>(opened->value->body, read_atom::value, decoded_bytes{most});
    hand.settle();
    return result;
  }
  /// Reads all that there is. The read that waits for more, or the one that told the end.
  std::shared_ptr<caller::answer<piece>> read_all(const answer& opened) {
    for (;;) {
      auto got = read(opened, 1u << 20);
      if (got->pending())
        return got;
      BOOST_REQUIRE(got->value.has_value());
      if (got->value->end)
        return got;
    }
  }
  void body(std::uint32_t index, std::uint64_t n) {
    peer->body(index, n);
    hand.settle();
  }
  bool was_told(const char* what) { return std::find(owner.told.begin(), owner.told.end(), what) != owner.told.end(); }
};

request with(deadlines limits) {
  request result;
  result.deadlines = limits;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(a_body_that_nobody_reads_stops_at_its_first_window_and_the_pool_is_told) {
  scene f;
  const auto opened = f.open();
  f.body(0, 1u << 20);
  BOOST_TEST(f.peer->exchanges.at(0).queued == 64u << 10);
  BOOST_TEST(f.was_told("stalled"));
  f.body(0, 1u << 20);
  BOOST_TEST(f.peer->exchanges.at(0).queued == 64u << 10);
  f.read_all(opened);
  BOOST_TEST(f.was_told("flowing"));
  f.body(0, 1u << 20);
  BOOST_TEST(f.peer->exchanges.at(0).queued >= 96u << 10);
}

BOOST_AUTO_TEST_CASE(where_exchanges_share_nothing_reading_stops) {
  scene f{false};
  const auto opened = f.open();
  f.body(0, 1u << 20);
  BOOST_TEST(f.shared->totals->snapshot().received.value == 64u << 10);
  BOOST_TEST(f.was_told("stalled"));
  f.read_all(opened);
  BOOST_TEST(f.was_told("flowing"));
}

BOOST_AUTO_TEST_CASE(a_stalled_body_costs_its_sibling_nothing) {
  scene f;
  const auto stalled = f.open("/1");
  const auto other = f.open("/2");
  f.body(0, 1u << 20);
  for (int i = 0; i < 100; ++i) {
    f.body(1, 16u << 10);
    f.read_all(other);
  }
  BOOST_TEST(f.peer->exchanges.at(1).queued == 100u * (16u << 10));
  BOOST_TEST(f.peer->exchanges.at(0).queued == 64u << 10);
}

BOOST_AUTO_TEST_CASE(a_body_that_stalls_keeps_no_more_memory_than_its_window_and_one_block) {
  for (const std::uint64_t frame : {64u, 1024u, 8192u}) {
    scene f;
    const auto stalled = f.open("/1");
    const auto other = f.open("/2");
    auto& window = f.peer->exchanges.at(0);
    for (int i = 0; i < 40; ++i) { // its reader keeps up, and its window grows
      f.body(0, 1u << 20);
      f.read_all(stalled);
      f.hand.advance(100us);
    }
    const auto grown = window.allowed - window.queued;
    BOOST_TEST(grown >= 256u << 10);
    for (int i = 0; i < 150; ++i) { // now it stalls, while small frames for it come between others
      f.body(0, frame);
      f.body(1, 100u << 10);
      f.read_all(other);
      f.hand.advance(100us);
    }
    const auto pinned = f.hand.blocks_in_use() * (256u << 10);
    BOOST_TEST(pinned <= grown + 4 * (256u << 10), frame); // and what the other reads
    BOOST_TEST(f.shared->totals->snapshot().outstanding.value <= grown + (512u << 10));
  }
}

BOOST_AUTO_TEST_CASE(the_origin_is_silent_for_too_long_from_its_last_byte_on) {
  scene f;
  const auto opened = f.open("/1", with({.peer_silence = 100ms}));
  f.hand.advance(99ms);
  f.body(0, 10);
  f.hand.advance(99ms);
  const auto read = f.read_all(opened);
  BOOST_TEST(read->pending());
  f.hand.advance(1ms);
  BOOST_TEST((read->problem.code == errc::peer_silent));
  BOOST_TEST(f.peer->exchanges.at(0).cancelled);
}

BOOST_AUTO_TEST_CASE(an_origin_that_may_not_send_is_not_silent) {
  scene f;
  const auto opened = f.open("/1", with({.peer_silence = 100ms}));
  f.body(0, 64u << 10);
  f.hand.advance(1h);
  const auto read = f.read_all(opened);
  BOOST_TEST(read->pending());
  f.hand.advance(100ms); // counted from when it may send again
  BOOST_TEST((read->problem.code == errc::peer_silent));
}

BOOST_AUTO_TEST_CASE(an_origin_that_takes_nothing_of_an_upload_fails_it) {
  scene f;
  auto wanted = with({.upload_silence = 100ms});
  wanted.method = "POST";
  wanted.body = request_body::of(std::string(200'000, 'x'));
  const auto begun = f.begin("/1", std::move(wanted));
  f.peer->take_upload(0, 1);
  f.hand.settle();
  BOOST_TEST(f.peer->exchanges.at(0).uploaded > 0u);
  f.hand.advance(99ms);
  BOOST_TEST(begun->pending());
  f.hand.advance(102ms);
  BOOST_TEST((begun->problem.code == errc::peer_silent));
}

BOOST_AUTO_TEST_CASE(a_source_that_gives_more_than_was_asked_for_fails_the_exchange) {
  scene f;
  request wanted;
  wanted.method = "POST";
  wanted.body = request_body::from(f.hand.system().spawn([]() -> body_source::behavior_type {
    return {[](read_atom, decoded_bytes most) -> piece {
      return {chunk::filled(static_cast<std::size_t>(most.value + 1), [](std::byte*) {}), false, {}};
    }};
  }));
  const auto begun = f.begin("/1", std::move(wanted));
  f.peer->take_upload(0, 1);
  BOOST_TEST(fixture::eventually([&] { // the source runs on a thread of its own
    f.hand.settle();
    return !begun->pending();
  }));
  BOOST_TEST((begun->problem.code == errc::invalid_request), to_string(begun->problem));
}

BOOST_AUTO_TEST_CASE(a_100_continue_is_waited_for_one_second) {
  scene f;
  request wanted;
  wanted.method = "POST";
  wanted.body = request_body::of("body");
  wanted.fields.add("Expect", "100-continue");
  const auto begun = f.begin("/1", std::move(wanted));
  f.peer->take_upload(0, 1);
  f.hand.advance(999ms);
  BOOST_TEST(f.peer->exchanges.at(0).uploaded == 0u);
  f.hand.advance(1ms);
  BOOST_TEST(f.peer->exchanges.at(0).uploaded == 4u);
}

BOOST_AUTO_TEST_CASE(tracing_ends_with_the_last_exchange_that_is_observed) {
  scene f;
  scripted_observer watcher{f.hand};
  request observed;
  observed.observer = watcher.actor;
  const auto plain = f.open("/1");
  BOOST_TEST(!f.peer->tracing);
  const auto first = f.open("/2", observed);
  const auto second = f.open("/3", observed);
  BOOST_TEST(f.peer->tracing);
  f.peer->frame(1);
  f.peer->end(1);
  f.hand.settle();
  f.read_all(first);
  BOOST_TEST(std::count(watcher.kinds.begin(), watcher.kinds.end(), trace_kind::frame) == 1);
  BOOST_TEST(f.peer->tracing);
  second->value.reset(); // given up
  f.hand.settle();
  BOOST_TEST(!f.peer->tracing);
  BOOST_TEST(f.peer->live(0));
}

BOOST_AUTO_TEST_CASE(what_a_peer_takes_is_told_once_it_is_known_or_after_a_second) {
  for (const bool said : {true, false}) {
    scene f;
    const auto begun = f.user.ask<response>(f.actor, begin_atom::value, f.hand.exchange_to("http://a/1"));
    f.hand.settle();
    f.peer = f.connectors.connect(true);
    f.peer->capacity_known = false;
    f.hand.settle();
    BOOST_TEST(!f.was_told("capacity 100"));
    if (said)
      f.peer->settings(100);
    f.hand.advance(said ? 0ms : 1000ms);
    BOOST_TEST(f.was_told("capacity 100"));
  }
}

BOOST_AUTO_TEST_CASE(it_is_closed_when_nobody_has_used_it_for_a_while) {
  scene f;
  {
    const auto opened = f.open();
    f.peer->end(0);
    f.hand.settle();
    f.read_all(opened);
  }
  BOOST_TEST(f.was_told("freed"));
  f.hand.advance(f.shared->config.idle_timeout - 1ms);
  BOOST_TEST(!f.peer->closed);
  f.hand.advance(1ms);
  BOOST_TEST(f.peer->closed);
  BOOST_TEST(f.was_told("retired"));
}

BOOST_AUTO_TEST_CASE(what_an_origin_that_goes_away_did_not_begin_may_be_sent_again) {
  scene f;
  const auto first = f.open("/1");
  const auto second = f.begin("/2");
  f.owner.news();
  f.peer->go_away(0);
  f.hand.settle();
  BOOST_TEST(f.was_told("retry"));
  BOOST_TEST(f.was_told("capacity 0"));
  BOOST_TEST(f.peer->live(0));
  f.peer->body(0, 10);
  f.peer->end(0);
  f.hand.settle();
  f.read_all(first);
  BOOST_TEST(f.was_told("retired"));
  BOOST_TEST(f.peer->closed);
}

BOOST_AUTO_TEST_CASE(a_transport_that_breaks_fails_every_exchange) {
  scene f;
  const auto first = f.open("/1");
  const auto second = f.begin("/2");
  f.peer->cut();
  f.hand.settle();
  BOOST_TEST((f.read(first, 10)->problem.code == errc::connection_reset));
  BOOST_TEST(!second->pending());
}

BOOST_AUTO_TEST_CASE(a_connector_that_nobody_waits_for_ends) {
  scene f;
  caller impatient{f.hand};
  const auto before = f.hand.alive();
  auto exchange = f.hand.exchange_to("http://a/1");
  exchange->owner = impatient.address();
  const auto begun = impatient.ask<response>(f.actor, begin_atom::value, exchange);
  f.hand.settle();
  BOOST_TEST(f.connectors.asked() == 1u);
  impatient.end();
  f.hand.settle();
  BOOST_TEST(f.was_told("retired"));
  BOOST_TEST(f.hand.alive() == before - 1);
}

BOOST_AUTO_TEST_CASE(a_connector_that_dies_without_an_answer_fails_the_request) {
  scene f;
  auto exchange = f.hand.exchange_to("http://a/1");
  exchange->owner = f.user.address();
  const auto begun = f.user.ask<response>(f.actor, begin_atom::value, exchange);
  f.hand.settle();
  BOOST_REQUIRE(f.connectors.asked() == 1u);
  f.connectors.die();
  f.hand.settle();
  BOOST_TEST((begun->problem.code == errc::internal));
  BOOST_TEST(begun->problem.detail.find("the connector failed") != std::string::npos, begun->problem.detail);
  BOOST_TEST(f.was_told("retired"));
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_pool_and_says_so_to_who_waits) {
  scene f;
  const auto begun = f.begin();
  f.owner.end();
  f.hand.settle();
  BOOST_TEST((begun->problem.code == errc::internal));
  BOOST_TEST(f.peer->closed);
}

BOOST_AUTO_TEST_CASE(output_that_cannot_leave_waits_until_it_can) {
  scene f;
  const auto first = f.open("/1");
  f.peer->blocked = true;
  const auto second = f.begin("/2");
  f.hand.advance(1s);
  f.peer->unblock();
  f.hand.settle();
  f.peer->head(1);
  f.hand.settle();
  BOOST_TEST(second->value.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
