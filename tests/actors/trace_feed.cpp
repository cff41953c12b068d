// Observers that do not keep up.
#include "fixture.hpp"

#include <sluice/actors/client/trace_feed.hpp>
#include <sluice/actors/io/loop.hpp>

#include <future>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(trace_feed)

BOOST_AUTO_TEST_CASE(an_observer_that_does_not_keep_up_is_fed_within_a_bound_and_told_what_is_missing) {
  system_settings settings;
  caf::actor_system system{settings};
  runtime loops{system};
  std::promise<void> gate;
  std::promise<std::pair<std::size_t, std::string>> result;
  auto slow = system.spawn<caf::detached>(
      [&result, open = gate.get_future().share()](observer::pointer) -> observer::behavior_type {
        return {[&result, open, seen = std::size_t{0}](trace& event) mutable {
          open.wait();
          if (event.kind == trace_kind::dropped)
            result.set_value({seen, event.detail});
          ++seen;
        }};
      });
  auto feed = spawn_trace_feed(loops.home(), slow);
  constexpr std::size_t sent = 5000;
  for (std::size_t i = 0; i < sent; ++i)
    caf::anon_send(feed, trace{trace_kind::frame, std::to_string(i), 0, {}});
  BOOST_TEST(fixture::eventually([&] { return loops.live_actors() == 1; }));
  caf::scoped_actor self{system};
  self->request(feed, std::chrono::seconds{60}, trace{trace_kind::frame, "last", 0, {}})
      .receive([] {}, [](caf::error& error) { BOOST_ERROR(to_string(failure_of(error))); });
  feed = nullptr; // it passes on what it has, then ends
  gate.set_value();
  const auto [seen, text] = result.get_future().get();
  BOOST_TEST(seen == 1064u);
  BOOST_TEST(text.find(std::to_string(sent + 1 - 1064) + " events were dropped") != std::string::npos, text);
  slow = nullptr;
  BOOST_TEST(fixture::eventually([&] { return loops.live_actors() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
