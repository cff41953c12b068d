// Which address is tried when: virtual time.
#include <sluice/protocols/dns/race.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace sluice::dns;
using namespace std::chrono_literals;

namespace {

const auto start = time_point{} + 1h;

/// Lets time pass up to `until`; what begins ("+1@250", ms since the start) and what is given up ("-0@60000") goes into
/// the log.
struct driver {
  race attempts;
  time_point now = start;
  std::vector<std::string> log;

  driver(std::size_t addresses, race_limits limits = {}) : attempts(addresses, limits) { drive(); }

  void drive() {
    const auto ms = [&] {
      return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - start).count());
    };
    for (;;) {
      if (const auto late = attempts.give_up(now))
        log.push_back("-" + std::to_string(*late) + "@" + ms());
      else if (const auto next = attempts.begin_next(now))
        log.push_back("+" + std::to_string(*next) + "@" + ms());
      else
        return;
    }
  }
  void run(std::chrono::milliseconds until) {
    while (attempts.deadline() <= start + until) {
      now = std::max(now, attempts.deadline());
      drive();
    }
    now = start + until;
  }
  void fail(std::size_t which) {
    attempts.failed(which);
    drive();
  }
};

using strings = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(race)

BOOST_AUTO_TEST_CASE(a_silent_address_is_joined_by_the_next_after_the_delay) {
  driver simulation{3};
  simulation.run(1s);
  BOOST_TEST(simulation.log == (strings{"+0@0", "+1@250", "+2@500"}), boost::test_tools::per_element());
  BOOST_TEST(simulation.attempts.under_way() == 3u);
}

BOOST_AUTO_TEST_CASE(a_failure_begins_the_next_at_once) {
  driver simulation{3};
  simulation.run(20ms);
  simulation.fail(0);
  simulation.fail(1);
  BOOST_TEST(simulation.log == (strings{"+0@0", "+1@20", "+2@20"}), boost::test_tools::per_element());
  BOOST_TEST(!simulation.attempts.lost());
  simulation.fail(2);
  BOOST_TEST(simulation.attempts.lost());
  BOOST_TEST((simulation.attempts.deadline() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(progress_gives_an_attempt_another_delay) {
  driver simulation{2};
  simulation.run(200ms);
  simulation.attempts.progressed(simulation.now);
  simulation.run(449ms);
  BOOST_TEST(simulation.log.size() == 1u);
  simulation.run(450ms);
  BOOST_TEST(simulation.log == (strings{"+0@0", "+1@450"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(progress_does_not_hold_back_what_a_failure_has_made_due) {
  sluice::dns::race attempts{2, {}};
  BOOST_TEST((attempts.begin_next(start) == std::size_t{0}));
  attempts.failed(0);
  attempts.progressed(start);
  BOOST_TEST((attempts.begin_next(start) == std::size_t{1}));
}

BOOST_AUTO_TEST_CASE(every_attempt_has_an_end) {
  driver simulation{2};
  simulation.run(24h);
  BOOST_TEST(simulation.log == (strings{"+0@0", "+1@250", "-0@60000", "-1@60250"}), boost::test_tools::per_element());
  BOOST_TEST(simulation.attempts.lost());
}

BOOST_AUTO_TEST_CASE(no_more_than_its_bound_are_under_way_and_none_waits_for_ever) {
  race_limits limits;
  limits.attempts = 2;
  driver simulation{4, limits};
  simulation.run(2999ms);
  BOOST_TEST(simulation.log == (strings{"+0@0", "+1@250"}), boost::test_tools::per_element());
  simulation.run(24h);
  // While others wait for its place an attempt has 3 s; the last ones have the whole limit.
  BOOST_TEST(simulation.log
                 == (strings{"+0@0", "+1@250", "-0@3000", "+2@3000", "-1@3250", "+3@3250", "-2@63000", "-3@63250"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_address_is_a_race_that_is_lost) {
  driver simulation{0};
  BOOST_TEST(simulation.attempts.lost());
  BOOST_TEST(simulation.log.empty());
}

BOOST_AUTO_TEST_CASE(families_take_turns_and_keep_their_order) {
  const auto in_turn = [](std::vector<int> addresses) {
    return interleave(addresses, [](int address) { return address >= 60; });
  };
  const auto same = boost::test_tools::per_element();
  BOOST_TEST(in_turn({60, 61, 62, 40, 41}) == (std::vector{60, 40, 61, 41, 62}), same);
  BOOST_TEST(in_turn({40, 41, 60}) == (std::vector{40, 60, 41}), same);
  BOOST_TEST(in_turn({60, 61}) == (std::vector{60, 61}), same);
  BOOST_TEST(in_turn({}) == (std::vector<int>{}), same);
}

BOOST_AUTO_TEST_SUITE_END()
