#include <sluice/tests/netlab/link_model.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <string>

using namespace netlab;
using namespace std::chrono_literals;

namespace {

/// Packets of a size, offered one each `apart`: how many arrive in all.
std::size_t arriving(const link_options& options, int packets, nanoseconds apart) {
  link_model link{options};
  std::size_t n = 0;
  for (int i = 0; i < packets; ++i)
    n += link.offer(1000, i * apart).count;
  return n;
}

std::string fates(const link_options& options) {
  link_model link{options};
  std::string result;
  for (int i = 0; i < 200; ++i)
    result += std::to_string(link.offer(1000, i * 1ms).count);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_model)

BOOST_AUTO_TEST_CASE(a_packet_arrives_after_the_delay) {
  netlab::link_model link{{.delay = 25ms}};
  const auto got = link.offer(1500, 7ms);
  BOOST_TEST(got.count == 1u);
  BOOST_TEST((got.at[0] == 32ms));
}

BOOST_AUTO_TEST_CASE(the_wire_takes_one_packet_at_a_time_at_its_rate) {
  netlab::link_model link{{.delay = 10ms, .rate_bits = 8'000'000}}; // 1000 bytes a millisecond
  BOOST_TEST((link.offer(1000, 0ms).at[0] == 11ms));
  BOOST_TEST((link.offer(1000, 0ms).at[0] == 12ms));
  BOOST_TEST((link.offer(500, 5ms).at[0] == 15ms + 500us)); // it was free in between, and saves nothing up
}

BOOST_AUTO_TEST_CASE(what_the_queue_cannot_hold_is_dropped_and_takes_no_time) {
  netlab::link_model link{{.rate_bits = 8'000'000, .queue_bytes = 2500}};
  BOOST_TEST(link.offer(1000, 0ms).count == 1u);
  BOOST_TEST(link.offer(1000, 0ms).count == 1u);
  BOOST_TEST(link.waiting_bytes(0ms) == 2000u);
  BOOST_TEST(link.offer(1000, 0ms).count == 0u);
  BOOST_TEST(link.waiting_bytes(1ms) == 1000u);
  BOOST_TEST((link.offer(1000, 1ms).at[0] == 3ms));
  BOOST_TEST(link.counts().overflowed == 1u);
}

BOOST_AUTO_TEST_CASE(chance_takes_the_part_that_was_asked_for) {
  BOOST_TEST(arriving({.loss = 0}, 10'000, 1ms) == 10'000u);
  BOOST_TEST(arriving({.loss = 1}, 10'000, 1ms) == 0u);
  const auto left = arriving({.loss = 0.1}, 10'000, 1ms);
  BOOST_TEST(left > 8'800u);
  BOOST_TEST(left < 9'200u);
  BOOST_TEST(arriving({.duplicate = 1}, 100, 1ms) == 200u);
}

BOOST_AUTO_TEST_CASE(a_seed_reproduces_the_losses_and_another_does_not) {
  BOOST_TEST(fates({.loss = 0.3, .duplicate = 0.2, .seed = 5}) == fates({.loss = 0.3, .duplicate = 0.2, .seed = 5}));
  BOOST_TEST(fates({.loss = 0.3, .duplicate = 0.2, .seed = 5}) != fates({.loss = 0.3, .duplicate = 0.2, .seed = 6}));
}

BOOST_AUTO_TEST_CASE(a_lost_packet_has_used_the_wire) {
  netlab::link_model link{{.rate_bits = 8'000'000, .loss = 1}};
  link.offer(1000, 0ms);
  BOOST_TEST(link.waiting_bytes(0ms) == 1000u);
}

BOOST_AUTO_TEST_CASE(a_reordered_packet_is_overtaken_by_the_next) {
  netlab::link_model late{{.delay = 10ms, .reorder = 1, .reorder_by = 2ms}}, straight{{.delay = 10ms}};
  in_flight<int> line;
  line.push(late.offer(100, 0ms).at[0], 1);
  line.push(straight.offer(100, 1ms).at[0], 2);
  BOOST_TEST(!line.pop(10ms));
  BOOST_TEST(line.pop(12ms).value() == 2);
  BOOST_TEST(line.pop(12ms).value() == 1);
  BOOST_TEST(late.counts().reordered == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_dropped_and_takes_no_time) {
  netlab::link_model link{{.rate_bits = 8'000'000, .drop_above = 1228}};
  BOOST_TEST(link.offer(1229, 0ms).count == 0u);
  BOOST_TEST(link.waiting_bytes(0ms) == 0u);
  BOOST_TEST(link.offer(1228, 0ms).count == 1u);
  BOOST_TEST(link.counts().too_large == 1u);
}

BOOST_AUTO_TEST_CASE(a_cut_begins_some_time_after_the_first_packet_and_ends) {
  netlab::link_model link{{.cut_after = 10ms, .cut_for = 5ms}}, for_ever{{.cut_after = 0ms}};
  BOOST_TEST(link.offer(100, 1000ms).count == 1u);
  BOOST_TEST(link.offer(100, 1009ms).count == 1u);
  BOOST_TEST(link.offer(100, 1010ms).count == 0u);
  BOOST_TEST(link.offer(100, 1014ms).count == 0u);
  BOOST_TEST(link.offer(100, 1015ms).count == 1u);
  BOOST_TEST(link.counts().cut == 2u);
  BOOST_TEST(for_ever.offer(100, 7ms).count == 0u);
  BOOST_TEST(for_ever.offer(100, 24h).count == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_due_together_keeps_its_order) {
  in_flight<int> line;
  for (int i = 0; i < 100; ++i)
    line.push(5ms, i);
  BOOST_TEST((line.next_due() == nanoseconds{5ms}));
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(line.pop(5ms).value() == i);
  BOOST_TEST(!line.next_due());
}

BOOST_AUTO_TEST_SUITE_END()
