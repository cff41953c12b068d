#include <sluice/protocols/flow/chunk_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>

using namespace sluice;

namespace {

std::string drain(flow::chunk_queue& queue, std::size_t at_most = SIZE_MAX) {
  std::string result;
  while (!queue.empty())
    result += queue.pop(at_most).text();
  return result;
}

flow::chunk_queue queue_of(std::initializer_list<std::string_view> texts) {
  flow::chunk_queue result;
  for (auto text : texts)
    result.push(sluice::chunk::copy_of(text));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_queue)

BOOST_AUTO_TEST_CASE(chunks_leave_in_the_order_they_came) {
  auto queue = queue_of({"one", "two", "three"});
  BOOST_TEST(queue.size() == 3u);
  BOOST_TEST(queue.bytes() == 11u);
  BOOST_TEST(queue.front().text() == "one");
  BOOST_TEST(drain(queue) == "onetwothree");
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.size() == 0u);
  BOOST_TEST(queue.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_part_of_the_front_shares_its_block_and_leaves_the_rest) {
  auto queue = queue_of({"abcdef"});
  const auto* data = queue.front().data();
  const auto part = queue.pop(2);
  BOOST_TEST(part.text() == "ab");
  BOOST_TEST(part.data() == data);
  BOOST_TEST(queue.front().text() == "cdef");
  BOOST_TEST(queue.bytes() == 4u);
  BOOST_TEST(queue.size() == 1u);
  BOOST_TEST(queue.pop(4).text() == "cdef");
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(a_pop_never_spans_chunks) {
  auto queue = queue_of({"ab", "cd"});
  BOOST_TEST(queue.pop(100).text() == "ab");
  BOOST_TEST(queue.bytes() == 2u);
}

BOOST_AUTO_TEST_CASE(dropping_spans_chunks) {
  auto queue = queue_of({"abc", "def", "ghi"});
  queue.drop_front(0);
  BOOST_TEST(queue.bytes() == 9u);
  queue.drop_front(5);
  BOOST_TEST(queue.size() == 2u);
  BOOST_TEST(queue.bytes() == 4u);
  BOOST_TEST(drain(queue) == "fghi");
}

BOOST_AUTO_TEST_CASE(dropping_all_empties) {
  auto queue = queue_of({"abc", "def"});
  queue.drop_front(6);
  BOOST_TEST(queue.empty());
  queue.push(sluice::chunk::copy_of("again"));
  BOOST_TEST(drain(queue) == "again");
}

BOOST_AUTO_TEST_CASE(an_empty_chunk_is_not_kept) {
  auto queue = queue_of({"", "a", ""});
  BOOST_TEST(queue.size() == 1u);
  BOOST_TEST(queue.bytes() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_popped_dropped_or_cleared_goes_back_to_its_pool) {
  auto pool = chunk_pool::make(16, 0);
  flow::chunk_queue queue;
  for (int i = 0; i < 100; ++i)
    queue.push(sluice::chunk{pool->allocate(), 0, 16});
  for (int i = 0; i < 40; ++i)
    queue.pop();
  BOOST_TEST(pool->in_use() == 60u);
  queue.drop_front(10 * 16 + 8);
  BOOST_TEST(pool->in_use() == 50u); // the front is half left
  queue.clear();
  BOOST_TEST(pool->in_use() == 0u);
  BOOST_TEST(queue.empty());
  BOOST_TEST(queue.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(an_empty_queue_is_small) { BOOST_TEST(sizeof(flow::chunk_queue) <= 48u); }

BOOST_AUTO_TEST_CASE(it_agrees_with_a_plain_string_over_random_operations) {
  std::mt19937 random{42};
  const auto up_to = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n}(random); };
  flow::chunk_queue queue;
  std::string model;
  for (int step = 0; step < 20000; ++step) {
    switch (up_to(5)) {
      case 0:
      case 1:
      case 2: {
        std::string text(up_to(9), static_cast<char>('a' + step % 26));
        queue.push(sluice::chunk::copy_of(text));
        model += text;
        break;
      }
      case 3:
        if (!queue.empty()) {
          const auto part = queue.pop(1 + up_to(9));
          BOOST_REQUIRE(part.text() == std::string_view{model}.substr(0, part.size()));
          BOOST_REQUIRE(!part.empty());
          model.erase(0, part.size());
        }
        break;
      case 4: {
        const auto n = up_to(std::min<std::size_t>(model.size(), 30));
        queue.drop_front(n);
        model.erase(0, n);
        break;
      }
      default:
        if (step % 500 == 0) {
          queue.clear();
          model.clear();
        }
    }
    BOOST_REQUIRE(queue.bytes() == model.size());
    BOOST_REQUIRE(queue.empty() == model.empty());
  }
  BOOST_TEST(drain(queue, 3) == model);
}

BOOST_AUTO_TEST_SUITE_END()
