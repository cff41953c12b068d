// The pool alone, on virtual time: which connection carries which request, and who waits how long.
#include "scripted_neighbours.hpp"

#include <sluice/actors/client/pool.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

using answer = std::shared_ptr<caller::answer<response>>;

struct scene {
  by_hand hand;
  caller user{hand};
  std::vector<std::unique_ptr<scripted_connection>> connections; // by number, from 1
  pool actor;

  explicit scene(client_config config = {}) {
    hand.share(std::move(config));
    hand.shared->stand_ins.connection = [this](loop&, const pool&, std::uint64_t number) {
      BOOST_TEST(number == connections.size() + 1);
      connections.push_back(std::make_unique<scripted_connection>(hand));
      return connections.back()->actor;
    };
    actor = spawn_pool(hand.home(), user.address(), hand.shared);
    hand.settle();
  }
  ~scene() { hand.shared->stand_ins.connection = nullptr; }

  answer fetch(const std::string& url = "http://a/", deadlines limits = {}) {
    auto exchange = hand.exchange_to(url);
    exchange->request.deadlines = limits;
    return fetch(exchange, user);
  }
  answer fetch(const exchange_ptr& exchange, caller& from) {
    exchange->owner = from.address();
    auto result = from.ask<response>(actor, fetch_atom::value, exchange);
    hand.settle();
    return result;
  }
  void tell(auto... xs) {
    caf::anon_send(actor, xs...);
    hand.settle();
  }
  void takes(std::uint64_t number, std::uint64_t n) { tell(capacity_atom::value, number, n); }
  /// Requests that connection `number` was given.
  std::size_t given(std::uint64_t number) const { return connections.at(number - 1)->begun.size(); }
  client_stats figures() {
    auto asked = user.ask<client_stats>(actor, stats_atom::value);
    hand.settle();
    return *asked->value;
  }
};

client_config limited(std::size_t per_origin, std::size_t all = 8192) {
  client_config config;
  config.connections_per_origin = per_origin;
  config.connections = all;
  return config;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_places)

BOOST_AUTO_TEST_CASE(each_request_gets_a_connection_up_to_the_limit_and_the_next_waits_for_a_place) {
  scene f{limited(2)};
  for (int i = 0; i < 3; ++i)
    f.fetch();
  BOOST_TEST(f.connections.size() == 2u);
  f.takes(1, 1);
  f.takes(2, 1);
  BOOST_TEST(f.figures().requests_waiting == 1u);
  f.tell(freed_atom::value, std::uint64_t{2});
  BOOST_TEST(f.given(2) == 2u);
  BOOST_TEST(f.figures().requests_waiting == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_takes_many_gets_all) {
  scene f;
  f.fetch();
  f.takes(1, 100);
  for (int i = 0; i < 50; ++i)
    f.fetch();
  BOOST_TEST(f.connections.size() == 1u);
  BOOST_TEST(f.given(1) == 51u);
}

BOOST_AUTO_TEST_CASE(cold_requests_wait_for_the_first_connection_where_it_may_take_many) {
  client_config config;
  config.protocol = http_choice::http2_prior_knowledge;
  scene f{config};
  for (int i = 0; i < 50; ++i)
    f.fetch();
  BOOST_TEST(f.connections.size() == 1u);
  f.takes(1, 1); // it does not
  BOOST_TEST(f.connections.size() > 1u);
}

BOOST_AUTO_TEST_CASE(stalled_bodies_use_up_no_place_of_an_origin) {
  scene f{limited(1)};
  f.fetch();
  f.takes(1, 1);
  const auto second = f.fetch();
  BOOST_TEST(f.connections.size() == 1u);
  f.tell(stalled_atom::value, std::uint64_t{1});
  BOOST_TEST(f.connections.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_deadline_total_ends_the_wait_for_a_place) {
  scene f{limited(1)};
  f.fetch();
  const auto waits = f.fetch("http://a/", {.total = 100ms});
  f.hand.advance(99ms);
  BOOST_TEST(waits->pending());
  f.hand.advance(1ms);
  BOOST_TEST((waits->problem.code == errc::timed_out));
  BOOST_TEST(f.figures().requests_waiting == 0u);
}

BOOST_AUTO_TEST_CASE(who_made_a_request_and_ended_waits_no_more) {
  scene f{limited(1)};
  f.fetch();
  {
    caller other{f.hand};
    f.fetch(f.hand.exchange_to("http://a/"), other);
    BOOST_TEST(f.figures().requests_waiting == 1u);
  }
  f.hand.settle();
  BOOST_TEST(f.figures().requests_waiting == 0u);
}

BOOST_AUTO_TEST_CASE(no_more_wait_than_may) {
  auto config = limited(1);
  config.waiting_requests = 2;
  scene f{config};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(f.fetch()->pending());
  BOOST_TEST((f.fetch()->problem.code == errc::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_request_that_no_connection_can_take_is_handed_round_a_bounded_number_of_times) {
  scene f;
  const auto exchange = f.hand.exchange_to("http://a/");
  auto fetched = f.fetch(exchange, f.user);
  std::size_t assigned = 0;
  for (; fetched->pending() && assigned < 1000; ++assigned) { // each says that it is full, and closes
    const auto number = f.connections.size();
    auto [promise, back] = f.connections.back()->begun.at(0);
    promise.deliver(make_error({errc::refused, caused_by::remote, "none"}));
    f.tell(retired_atom::value, std::uint64_t{number});
    fetched = f.user.ask<response>(f.actor, retry_atom::value, exchange);
    f.hand.settle();
  }
  BOOST_TEST(assigned == 10u);
  BOOST_TEST((fetched->problem.code == errc::refused));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_of_another_origin_makes_room) {
  scene f{limited(64, 1)};
  f.fetch("http://a/");
  f.takes(1, 1);
  const auto waits = f.fetch("http://b/");
  BOOST_TEST(f.connections.size() == 1u);
  f.tell(freed_atom::value, std::uint64_t{1});
  const auto third = f.fetch("http://b/");
  BOOST_TEST(f.connections.at(0)->released);
  f.tell(retired_atom::value, std::uint64_t{1});
  BOOST_TEST(f.connections.size() == 2u);
  BOOST_TEST(f.given(2) == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_superseded_takes_new_requests_only_where_no_other_may_be_opened) {
  scene f{limited(2)};
  f.fetch();
  f.takes(1, 100);
  f.tell(superseded_atom::value, std::uint64_t{1});
  f.fetch();
  BOOST_TEST(f.connections.size() == 2u);
  f.takes(2, 1);
  f.fetch();
  BOOST_TEST(f.given(1) == 2u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_ended_without_a_word_is_forgotten) {
  scene f;
  f.fetch();
  f.connections.at(0)->end();
  f.hand.settle();
  BOOST_TEST(f.figures().origins == 0u);
}

BOOST_AUTO_TEST_CASE(out_of_descriptors_requests_wait_for_the_connections_that_there_are_for_a_second) {
  scene f;
  f.fetch();
  f.takes(1, 1);
  auto starved = f.hand.exchange_to("http://a/");
  starved->starved = true;
  starved->assigned = 1;
  const auto waits = f.user.ask<response>(f.actor, retry_atom::value, starved);
  f.hand.settle();
  BOOST_TEST(f.connections.size() == 1u);
  f.hand.advance(999ms);
  BOOST_TEST(f.connections.size() == 1u);
  f.hand.advance(1ms);
  BOOST_TEST(f.connections.size() == 2u);
}

BOOST_AUTO_TEST_CASE(without_any_connection_out_of_descriptors_is_an_error) {
  scene f;
  auto starved = f.hand.exchange_to("http://a/");
  starved->starved = true;
  starved->assigned = 1;
  const auto retried = f.user.ask<response>(f.actor, retry_atom::value, starved);
  f.hand.settle();
  BOOST_TEST((retried->problem.code == errc::out_of_descriptors));
}

BOOST_AUTO_TEST_CASE(it_ends_after_its_client_once_its_connections_have) {
  scene f;
  f.fetch();
  f.takes(1, 1);
  f.user.end();
  f.hand.settle();
  BOOST_TEST(!f.connections.at(0)->released); // it is at work
  f.tell(freed_atom::value, std::uint64_t{1});
  BOOST_TEST(f.connections.at(0)->released);
  const auto before = f.hand.alive();
  f.tell(retired_atom::value, std::uint64_t{1});
  BOOST_TEST(f.hand.alive() == before - 1);
}

BOOST_AUTO_TEST_SUITE_END()
