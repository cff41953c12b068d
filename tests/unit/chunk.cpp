#include <sluice/protocols/flow/chunk.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(chunk)

BOOST_AUTO_TEST_CASE(the_last_view_of_a_block_returns_it_to_its_pool) {
  auto pool = chunk_pool::make(1024, 1);
  {
    sluice::chunk whole{pool->allocate(), 0, 1024};
    auto part = whole.part(10, 20);
    whole = {};
    BOOST_TEST(pool->in_use() == 1u);
    BOOST_TEST(part.size() == 20u);
  }
  BOOST_TEST(pool->in_use() == 0u);
}

BOOST_AUTO_TEST_CASE(a_pool_keeps_no_more_than_it_was_told_and_outlives_its_handle) {
  auto pool = chunk_pool::make(64, 2);
  std::vector<block_ref> held;
  for (int i = 0; i < 5; ++i)
    held.push_back(pool->allocate());
  auto survivor = held.back();
  held.clear();
  BOOST_TEST(pool->in_use() == 1u);
  pool.reset();
  BOOST_TEST(survivor->capacity() == 64u);
}

BOOST_AUTO_TEST_CASE(a_copied_chunk_owns_its_bytes) {
  std::string text = "credit";
  auto copy = sluice::chunk::copy_of(text);
  text = "XXXXXX";
  BOOST_TEST(copy.text() == "credit");
  BOOST_TEST(sluice::chunk::copy_of("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
