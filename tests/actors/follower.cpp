// Requests that follow redirects or are sent again, on virtual time: a whole client, whose origins do what the test
// says.
#include "scripted_neighbours.hpp"
#include "scripted_origin.hpp"

#include <sluice/actors/client/client.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

using answer = std::shared_ptr<caller::answer<response>>;

struct scene {
  by_hand hand;
  std::shared_ptr<client_shared> shared;
  scripted_connectors connectors;
  client http;
  std::unique_ptr<caller> user = std::make_unique<caller>(hand);
  std::size_t others = 0; // actors alive before there is a request

  explicit scene(client_config config = {}) : shared(hand.share(std::move(config))), connectors(hand) {
    http = spawn_client_actor(hand.home(), shared);
    hand.settle();
    others = hand.alive();
  }
  answer ask(request wanted) {
    if (wanted.url.empty())
      wanted.url = "http://a.example/1#part";
    auto result = user->ask<response>(http, std::move(wanted));
    hand.settle();
    return result;
  }
  std::shared_ptr<scripted_peer> connect(bool multiplexed = true) {
    BOOST_REQUIRE(connectors.asked() > 0);
    auto peer = connectors.connect(multiplexed);
    hand.settle();
    return peer;
  }
  void head(scripted_peer& peer, std::uint32_t index, std::uint16_t status, http::fields fields = {}) {
    peer.head(index, status, std::move(fields));
    hand.settle();
  }
  /// Nobody lives but client, pool, connections and whoever asked: no follower, no stream, no reader.
  bool only_connections(std::size_t connections) const { return hand.alive() == others + connections; }
};

request following() {
  request wanted;
  wanted.redirects.follow = true;
  return wanted;
}
request trying(std::uint32_t attempts) {
  request wanted;
  wanted.retries.attempts = attempts;
  wanted.retries.jitter_percent = 0;
  return wanted;
}
http::fields to(std::string location) { return {{"Location", std::move(location)}}; }

} // namespace

BOOST_AUTO_TEST_SUITE(follower)

BOOST_AUTO_TEST_CASE(redirects_are_followed_and_the_response_says_where_they_led) {
  scene f;
  const auto result = f.ask(following());
  auto peer = f.connect();
  f.head(*peer, 0, 302, to("/2"));
  BOOST_TEST(result->pending());
  BOOST_TEST_REQUIRE(peer->exchanges.contains(1));
  BOOST_TEST(peer->exchanges.at(1).target == "/2");
  f.head(*peer, 1, 307, to("3?q"));
  f.head(*peer, 2, 200);
  BOOST_TEST_REQUIRE(result->value.has_value());
  BOOST_TEST(result->value->head.status == 200);
  BOOST_TEST(result->value->url == "http://a.example/3?q#part");
  BOOST_TEST_REQUIRE(result->value->hops.size() == 2u);
  BOOST_TEST(result->value->hops[0].head.status == 302);
  BOOST_TEST(result->value->hops[0].url == "http://a.example/1#part");
  BOOST_TEST(result->value->hops[1].head.status == 307);
  BOOST_TEST(result->value->hops[1].url == "http://a.example/2#part");
  result->value.reset();
  f.hand.settle();
  BOOST_TEST(f.only_connections(1));
}

BOOST_AUTO_TEST_CASE(a_request_without_such_policies_has_no_follower) {
  scene f;
  request plain;
  const auto result = f.ask(plain);
  auto peer = f.connect();
  BOOST_TEST(f.hand.alive() == f.others + 2); // a connection and a stream
  f.head(*peer, 0, 302, to("/2"));
  BOOST_TEST(result->value->head.status == 302);
  BOOST_TEST(result->value->url == "http://a.example/1#part");
  BOOST_TEST(result->value->hops.empty());
}

BOOST_AUTO_TEST_CASE(the_body_of_a_redirect_is_given_up_unread_and_undecoded) {
  for (const bool multiplexed : {true, false}) {
    scene f;
    const auto result = f.ask(following());
    auto peer = f.connect(multiplexed);
    peer->head(0, 302, {{"Location", "/2"}, {"Content-Encoding", "nonsense"}}); // would fail if it were decoded
    peer->body(0, 30'000);
    f.hand.settle();
    BOOST_TEST(peer->exchanges.at(0).cancelled);
    const auto figures = f.shared->totals->snapshot();
    BOOST_TEST(figures.decoded.value == 0u);
    BOOST_TEST(figures.outstanding.value == 0u);
    auto next = multiplexed ? peer : f.connect(false);
    BOOST_TEST_REQUIRE(next->exchanges.contains(multiplexed ? 1 : 0));
    f.head(*next, multiplexed ? 1 : 0, 200);
    BOOST_TEST(result->value.has_value());
    result->value.reset();
    f.hand.settle();
    BOOST_TEST(f.hand.blocks_in_use() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(the_deadline_total_covers_all_of_them) {
  scene f;
  auto wanted = following();
  wanted.deadlines.total = 100ms;
  const auto result = f.ask(wanted);
  auto peer = f.connect();
  f.hand.advance(60ms);
  f.head(*peer, 0, 302, to("/2"));
  f.hand.advance(39ms);
  BOOST_TEST(result->pending());
  f.hand.advance(1ms);
  BOOST_TEST((result->problem.code == errc::timed_out), to_string(result->problem));
  BOOST_TEST(f.only_connections(1));
}

BOOST_AUTO_TEST_CASE(the_limit_ends_a_loop) {
  scene f;
  auto wanted = following();
  wanted.redirects.limit = 3;
  const auto result = f.ask(wanted);
  auto peer = f.connect();
  for (std::uint32_t i = 0; i < 4; ++i) {
    BOOST_TEST_REQUIRE(peer->exchanges.contains(i));
    f.head(*peer, i, 302, to("/1"));
  }
  BOOST_TEST((result->problem.code == errc::too_many_redirects), to_string(result->problem));
  BOOST_TEST(f.only_connections(1));
}

BOOST_AUTO_TEST_CASE(whoever_asked_and_ended_ends_it_at_once_at_every_moment) {
  for (const std::string moment : {"connecting", "asked", "followed", "waiting"}) {
    scene f;
    auto wanted = following();
    wanted.retries = trying(3).retries;
    f.ask(wanted);
    std::shared_ptr<scripted_peer> peer;
    if (moment != "connecting")
      peer = f.connect();
    if (moment == "followed")
      f.head(*peer, 0, 302, to("/2"));
    if (moment == "waiting")
      f.head(*peer, 0, 503);
    f.user = nullptr;
    f.hand.settle();
    const std::size_t connections = peer ? 1 : 0;
    BOOST_TEST(f.hand.alive() == f.others - 1 + connections, moment << ": " << f.hand.alive());
    if (moment == "waiting") {
      f.hand.advance(1h);
      BOOST_TEST(peer->exchanges.size() == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_status_that_may_pass_is_tried_again_after_a_delay_that_grows) {
  scene f;
  const auto result = f.ask(trying(2));
  auto peer = f.connect();
  f.head(*peer, 0, 503);
  f.hand.advance(999ms);
  BOOST_TEST(peer->exchanges.size() == 1u);
  f.hand.advance(1ms);
  BOOST_TEST(peer->exchanges.size() == 2u);
  f.head(*peer, 1, 503);
  f.hand.advance(1999ms);
  BOOST_TEST(peer->exchanges.size() == 2u);
  f.hand.advance(1ms);
  BOOST_TEST_REQUIRE(peer->exchanges.size() == 3u);
  f.head(*peer, 2, 503); // no attempt is left: this one is the response
  BOOST_TEST_REQUIRE(result->value.has_value());
  BOOST_TEST(result->value->head.status == 503);
  BOOST_TEST(!!result->value->body);
  BOOST_TEST(f.shared->retries.load() == 2u);
}

BOOST_AUTO_TEST_CASE(retry_after_counts_instead_of_the_delay) {
  scene f;
  f.ask(trying(1));
  auto peer = f.connect();
  f.head(*peer, 0, 429, {{"Retry-After", "30"}});
  f.hand.advance(29s);
  BOOST_TEST(peer->exchanges.size() == 1u);
  f.hand.advance(1s);
  BOOST_TEST(peer->exchanges.size() == 2u);
}

BOOST_AUTO_TEST_CASE(no_retry_begins_that_would_miss_the_deadline) {
  scene f;
  auto wanted = trying(5);
  wanted.deadlines.total = 1500ms;
  const auto result = f.ask(wanted);
  auto peer = f.connect();
  f.head(*peer, 0, 503);
  f.hand.advance(1s);
  BOOST_TEST_REQUIRE(peer->exchanges.size() == 2u);
  f.head(*peer, 1, 503); // the next would come after two seconds
  BOOST_TEST_REQUIRE(result->value.has_value());
  BOOST_TEST(result->value->head.status == 503);
}

BOOST_AUTO_TEST_CASE(failures_are_tried_again_and_the_last_one_says_how_often) {
  scene f;
  const auto result = f.ask(trying(1));
  f.connectors.refuse();
  f.hand.settle();
  BOOST_TEST(result->pending());
  f.hand.advance(1s);
  BOOST_TEST(f.connectors.asked() == 1u);
  f.connectors.refuse();
  f.hand.settle();
  BOOST_TEST((result->problem.code == errc::connect_failed), to_string(result->problem));
  BOOST_TEST(result->problem.detail.find("tried 2 times") != std::string::npos, result->problem.detail);
  BOOST_TEST(f.only_connections(0));
}

BOOST_AUTO_TEST_CASE(a_post_that_may_have_been_processed_is_not_sent_again) {
  for (const bool all_errors : {false, true}) {
    scene f;
    auto wanted = trying(1);
    wanted.method = "POST";
    wanted.body = request_body::of("x");
    wanted.retries.all_errors = all_errors;
    const auto result = f.ask(wanted);
    auto peer = f.connect();
    peer->reset(0, false);
    f.hand.settle();
    BOOST_TEST(result->pending() == all_errors);
    f.hand.advance(1s);
    BOOST_TEST(peer->exchanges.size() == (all_errors ? 2u : 1u));
  }
}

BOOST_AUTO_TEST_CASE(a_post_of_which_nothing_was_sent_is_tried_again) {
  scene f;
  auto wanted = trying(1);
  wanted.method = "POST";
  wanted.body = request_body::of("x");
  const auto result = f.ask(wanted);
  f.connectors.refuse();
  f.hand.settle();
  BOOST_TEST(result->pending());
  f.hand.advance(1s);
  BOOST_TEST(f.connectors.asked() == 1u);
}

BOOST_AUTO_TEST_CASE(it_goes_on_without_the_clients_last_handle) {
  scene f;
  const auto result = f.ask(trying(1));
  auto peer = f.connect();
  f.head(*peer, 0, 503);
  f.http = nullptr;
  f.hand.settle();
  f.hand.advance(1s);
  BOOST_TEST_REQUIRE(peer->exchanges.size() == 2u);
  f.head(*peer, 1, 200);
  BOOST_TEST_REQUIRE(result->value.has_value());
  peer->end(1);
  result->value.reset();
  f.hand.settle();
  f.hand.advance(2s);
  BOOST_TEST(f.hand.alive() == 1u); // whoever asked: client and pool have ended
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_a_retry_is_answered_when_the_client_was_shut_down) {
  scene f;
  const auto result = f.ask(trying(1));
  auto peer = f.connect();
  f.head(*peer, 0, 503);
  caf::anon_send_exit(f.http, caf::exit_reason::user_shutdown);
  f.hand.settle();
  f.hand.advance(1s);
  BOOST_TEST(peer->exchanges.size() == 1u);
  BOOST_TEST((result->problem.code == errc::cancelled), to_string(result->problem));
  f.http = nullptr;
  f.hand.settle();
  BOOST_TEST(f.hand.alive() == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_a_retry_is_answered_when_everything_is_shut_down) {
  answer result;
  {
    scene f;
    result = f.ask(trying(1));
    auto peer = f.connect();
    f.head(*peer, 0, 503);
    f.http = nullptr;
    f.hand.end(); // would not come back if somebody stayed
  }
  BOOST_TEST(result->times <= 1);
}

BOOST_AUTO_TEST_CASE(the_budget_of_a_client_bounds_its_retries) {
  client_config config;
  config.retry_budget_percent = config.retry_budget_a_second = 0;
  scene f{config};
  const auto result = f.ask(trying(5));
  auto peer = f.connect();
  f.head(*peer, 0, 503);
  BOOST_TEST_REQUIRE(result->value.has_value());
  BOOST_TEST(result->value->head.status == 503);
  BOOST_TEST(f.shared->retries_withheld.load() == 1u);

  const auto other = f.ask(trying(5));
  peer->cut();
  f.hand.settle();
  if (other->pending()) { // sent once more because that is always safe
    f.connectors.refuse();
    f.hand.settle();
  }
  BOOST_TEST(other->problem.detail.find("retry budget") != std::string::npos, to_string(other->problem));
}

BOOST_AUTO_TEST_CASE(the_observer_sees_each_hop_and_each_retry_without_the_query) {
  scene f;
  scripted_observer watcher{f.hand};
  auto wanted = following();
  wanted.retries = trying(1).retries;
  wanted.observer = watcher.actor;
  const auto result = f.ask(wanted);
  auto peer = f.connect();
  f.head(*peer, 0, 302, to("/2?token=secret"));
  f.head(*peer, 1, 503);
  f.hand.advance(1s);
  f.head(*peer, 2, 200);
  const auto count = [&](trace_kind kind) { return std::count(watcher.kinds.begin(), watcher.kinds.end(), kind); };
  BOOST_TEST(count(trace_kind::request_sent) == 3);
  BOOST_TEST(count(trace_kind::response) == 3);
  BOOST_TEST(count(trace_kind::redirected) == 1);
  BOOST_TEST(count(trace_kind::retried) == 1);
  const auto told = [&](const std::string& text) {
    return std::find(watcher.details.begin(), watcher.details.end(), text) != watcher.details.end();
  };
  BOOST_TEST(told("302 to http://a.example/2"));
  BOOST_TEST(told("in 1 s, retry 1 of 1: the status was 503"));
  BOOST_TEST(result->value->url == "http://a.example/2?token=secret#part");
}

BOOST_AUTO_TEST_SUITE_END()
