// What the pool keeps of an origin, and for how long.
#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::tests;
using namespace std::chrono_literals;

namespace {

request of(std::string url) {
  request outgoing;
  outgoing.url = std::move(url);
  return outgoing;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(origins_whose_last_waiter_gave_up_are_forgotten) {
  client_config config;
  config.protocol = http_choice::http1;
  config.connections = 1;
  fixture f{config};
  auto taken = take(f.fetch(f.server->url("/firehose"))); // the only connection there may be
  using answer = decltype(f.self->request(f.http, caf::infinite, request{}));
  std::vector<answer> answers;
  for (int i = 1; i <= 100; ++i) {
    auto outgoing = of("http://127.0.1." + std::to_string(i) + ":9/");
    outgoing.deadlines.total = 200ms;
    answers.push_back(f.self->request(f.http, 60s, std::move(outgoing)));
  }
  BOOST_TEST(fixture::eventually([&] { return f.totals().origins == 101u; }));
  for (auto& pending : answers)
    pending.receive([](response&) { BOOST_ERROR("answered"); },
                    [](caf::error& error) {
                      BOOST_TEST((failure_of(error).code == errc::timed_out), to_string(failure_of(error)));
                    });
  BOOST_TEST(f.totals().origins == 1u);
  BOOST_TEST(f.totals().requests_waiting == 0u);
}

BOOST_AUTO_TEST_CASE(an_origin_that_cannot_be_reached_is_forgotten) {
  fixture f;
  BOOST_TEST((f.fetch("http://127.0.0.1:1/").error().code == errc::connect_failed));
  BOOST_TEST(fixture::eventually([&] { return f.totals().origins == 0u; }));
}

BOOST_AUTO_TEST_CASE(an_origin_is_forgotten_with_its_last_connection) {
  client_config config;
  config.idle_timeout = 50ms;
  fixture f{config};
  f.drain(take(f.fetch(f.server->url("/bytes/1k"))).body);
  BOOST_TEST(fixture::eventually([&] { return f.totals().origins == 0u; }));
}

BOOST_AUTO_TEST_SUITE_END()
