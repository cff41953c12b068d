#include <sluice/protocols/flow/account.hpp>
#include <sluice/protocols/flow/block_size.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(block_size)

BOOST_AUTO_TEST_CASE(a_block_is_a_quarter_of_the_second_level_cache_within_bounds) {
  struct {
    std::size_t l2_kib, block_kib;
  } const rows[] = {{0, 128}, {1, 64}, {256, 64}, {512, 128}, {1024, 256}, {1280, 256}, {2048, 256}, {65536, 256}};
  for (const auto& row : rows)
    BOOST_TEST(flow::block_bytes_for(row.l2_kib << 10) == row.block_kib << 10, row.l2_kib << " KiB of cache");
}

BOOST_AUTO_TEST_CASE(no_block_is_larger_than_what_a_body_may_pin_beyond_its_window) {
  BOOST_TEST(flow::largest_block_bytes <= flow::account::slack.value);
}

BOOST_AUTO_TEST_SUITE_END()
