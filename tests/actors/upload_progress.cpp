// When the origin of an upload counts as silent, in virtual time.
#include <sluice/actors/connection/upload.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace std::chrono_literals;
using sluice::upload;

namespace {
const upload::time_point start{1000s};
constexpr auto allowed = 60'000ms;
} // namespace

BOOST_AUTO_TEST_SUITE(upload_progress)

BOOST_AUTO_TEST_CASE(a_request_without_a_body_never_waits) {
  BOOST_TEST((upload{}.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_CASE(time_counts_from_the_last_byte_that_left) {
  upload x;
  x.begin(start);
  BOOST_TEST((x.silence_ends(allowed) == start + allowed));
  BOOST_TEST((x.silence_ends(0ms) == upload::never));
  x.watch(start + 1s, 5000);
  BOOST_TEST(!x.moved(start + 2s, 5000));
  BOOST_TEST((x.silence_ends(allowed) == start + 1s + allowed));
  BOOST_TEST(x.moved(start + 3s, 4999));
  BOOST_TEST((x.silence_ends(allowed) == start + 3s + allowed));
}

BOOST_AUTO_TEST_CASE(a_source_that_has_nothing_and_an_answer_that_is_awaited_stop_the_clock) {
  upload x;
  x.begin(start);
  x.pulling = true;
  BOOST_TEST((x.silence_ends(allowed) == upload::never));
  x.pulling = false;
  x.continue_at = upload::until_answered;
  BOOST_TEST((x.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_CASE(it_has_left_once_all_was_given_and_nothing_is_held) {
  upload x;
  x.begin(start);
  x.watch(start, 100);
  BOOST_TEST(x.moved(start, 0));
  BOOST_TEST(!x.left); // more may come
  x.given = true;
  x.watch(start, 100);
  BOOST_TEST(x.moved(start + 1s, 0));
  BOOST_TEST(x.left);
  BOOST_TEST((x.silence_ends(allowed) == upload::never));
}

BOOST_AUTO_TEST_SUITE_END()
