#include <sluice/protocols/flow/budget.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(growth_is_granted_up_to_the_total_and_not_a_byte_further) {
  flow::budget budget{wire_bytes{100}};
  BOOST_TEST(budget.reserve(wire_bytes{60}));
  BOOST_TEST(!budget.reserve(wire_bytes{41}));
  BOOST_TEST(budget.used().value == 60u);
  BOOST_TEST(budget.reserve(wire_bytes{40}));
  BOOST_TEST(!budget.reserve(wire_bytes{1}));
  BOOST_TEST(budget.used().value == 100u);
  BOOST_TEST(budget.total().value == 100u);
}

BOOST_AUTO_TEST_CASE(a_first_window_is_given_even_over_the_total) {
  flow::budget budget{wire_bytes{100}};
  budget.force(wire_bytes{130});
  BOOST_TEST(budget.used().value == 130u);
  BOOST_TEST(!budget.reserve(wire_bytes{1}));
  budget.give_back(wire_bytes{130});
  BOOST_TEST(budget.reserve(wire_bytes{100}));
}

BOOST_AUTO_TEST_CASE(what_is_given_back_can_be_reserved_again) {
  flow::budget budget{wire_bytes{100}};
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST(budget.reserve(wire_bytes{100}));
    budget.give_back(wire_bytes{100});
  }
  BOOST_TEST(budget.used().value == 0u);
  BOOST_TEST(budget.peak().value == 100u);
}

BOOST_AUTO_TEST_CASE(a_refused_reservation_leaves_no_trace) {
  flow::budget budget{wire_bytes{100}};
  BOOST_TEST(!budget.reserve(wire_bytes{101}));
  BOOST_TEST(!budget.reserve(wire_bytes{UINT64_MAX}));
  BOOST_TEST(budget.used().value == 0u);
  BOOST_TEST(budget.peak().value == 0u);
}

BOOST_AUTO_TEST_CASE(a_huge_request_does_not_wrap_around_what_is_used) {
  flow::budget budget{wire_bytes{UINT64_MAX}};
  BOOST_TEST(budget.reserve(wire_bytes{10}));
  BOOST_TEST(!budget.reserve(wire_bytes{UINT64_MAX - 5}));
  BOOST_TEST(budget.used().value == 10u);
}

BOOST_AUTO_TEST_CASE(threads_together_never_exceed_the_total_and_end_at_nothing) {
  flow::budget budget{wire_bytes{1000}};
  std::atomic<bool> exceeded{false};
  std::atomic<std::uint64_t> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20000; ++round) {
        if (!budget.reserve(wire_bytes{300}))
          continue;
        granted.fetch_add(1);
        if (budget.used().value > 1000)
          exceeded = true;
        budget.give_back(wire_bytes{300});
      }
    });
  for (auto& thread : threads)
    thread.join();
  BOOST_TEST(!exceeded.load());
  BOOST_TEST(granted.load() > 0u);
  BOOST_TEST(budget.used().value == 0u);
  BOOST_TEST(budget.peak().value <= 1000u);
}

BOOST_AUTO_TEST_SUITE_END()
