#include <sluice/protocols/flow/lulls.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr std::size_t large_buffer = 8u << 20;

/// A sender that puts `batch` bytes into the socket every `apart`, and a reader that empties it in no time. Virtual
/// time.
struct simulated_socket {
  nanoseconds apart;
  std::size_t batch;
  flow::lulls lulls;
  nanoseconds now = 1s, next = now;
  std::size_t looks = 0, received = 0, peak = 0;

  /// What came until `now`.
  std::size_t take() {
    std::size_t n = 0;
    for (; next <= now; next += apart)
      n += batch;
    return n;
  }
  void run(nanoseconds time) {
    for (const auto end = now + time; now < end;) {
      now = std::max(now, next); // readable
      const auto n = take();
      ++looks;
      received += n;
      peak = std::max(peak, n);
      now += 1us;
      now += lulls.after(n, now);
    }
  }
  std::size_t bytes_a_look() const { return received / looks; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lulls)

BOOST_AUTO_TEST_CASE(a_fast_sender_is_looked_at_less_often_and_sends_as_much) {
  simulated_socket socket{50us, 60'000, flow::lulls{large_buffer}};
  socket.run(100ms);
  BOOST_TEST(socket.bytes_a_look() > 110'000u);
  BOOST_TEST(socket.received > 100ms / 50us * 59'000u);
}

BOOST_AUTO_TEST_CASE(a_slow_sender_is_heard_at_once) {
  simulated_socket socket{100us, 1'400, flow::lulls{large_buffer}};
  socket.run(100ms);
  BOOST_TEST(socket.bytes_a_look() == 1'400u);
}

/// Fast as long as nobody stays away from it, as a sender that must hear of each batch before it sends the next.
nanoseconds rest_beside_a_sender_that_waits(flow::lulls& lulls, nanoseconds& now, int looks) {
  nanoseconds rested{0};
  for (int i = 0; i < looks; ++i) {
    const auto lull = lulls.after(8'000, now += 40us);
    rested += lull;
    now += lull;
  }
  return rested;
}

BOOST_AUTO_TEST_CASE(answers_to_many_small_requests_bring_no_lulls) {
  simulated_socket socket{1ms, 40'000, flow::lulls{large_buffer}};
  socket.run(1s);
  BOOST_TEST(socket.bytes_a_look() == 40'000u);
}

BOOST_AUTO_TEST_CASE(lulls_that_bring_little_soon_end) {
  flow::lulls lulls{large_buffer};
  nanoseconds now = 1s;
  const auto rested = rest_beside_a_sender_that_waits(lulls, now, 25'000);
  BOOST_TEST(rested < 50ms); // of 1 s
  BOOST_TEST(rested > nanoseconds{0});
}

BOOST_AUTO_TEST_CASE(after_lulls_that_brought_little_those_that_bring_much_are_taken_up_again) {
  simulated_socket socket{50us, 60'000, flow::lulls{large_buffer}};
  rest_beside_a_sender_that_waits(socket.lulls, socket.now, 25'000);
  socket.next = socket.now;
  socket.run(100ms);
  socket.looks = socket.received = 0;
  socket.run(50ms);
  BOOST_TEST(socket.bytes_a_look() > 110'000u);
}

BOOST_AUTO_TEST_CASE(a_small_buffer_is_never_filled_by_more_than_a_quarter) {
  constexpr std::size_t buffer = 425'984; // what a kernel gives whose net.core.rmem_max nobody raised
  simulated_socket socket{5us, 6'000, flow::lulls{buffer}};
  socket.run(50ms);
  BOOST_TEST(socket.peak <= buffer / 4 + 2 * 6'000);
  BOOST_TEST(socket.bytes_a_look() > 40'000u);
}

BOOST_AUTO_TEST_CASE(without_a_buffer_to_speak_of_there_are_no_lulls) {
  for (std::size_t buffer : {0, 64 << 10}) { // at 1 GB/s a quarter of the larger is full after 16 us
    flow::lulls lulls{buffer};
    for (int i = 1; i < 100; ++i)
      BOOST_TEST(lulls.after(1u << 20, i * 1ms).count() == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
