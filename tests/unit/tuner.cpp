#include <sluice/protocols/flow/tuner.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

using namespace sluice;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr wire_bytes first{64u << 10};
constexpr std::uint64_t slack = 512u << 10;

flow::tuner_config up_to(std::uint64_t maximum) { return {first, wire_bytes{maximum}, 1ms, false, wire_bytes{slack}}; }

/// An origin that sends whatever credit and its congestion window allow over a link of one rate and one round trip, to
/// a reader that consumes at a rate of its own (0: as it comes). Virtual time in steps; credit and acknowledgments take
/// half a round trip back, data half forth. Credit goes back in quarters of the window, as window::grant() has it.
struct simulated_link {
  double bytes_per_second;
  nanoseconds rtt;
  double reader_bytes_per_second = 0;
  flow::tuner tuner;
  double congestion_window = 1e12; ///< bytes; slow start adds each acknowledged one

  struct parcel {
    nanoseconds due;
    std::uint64_t bytes;
  };
  nanoseconds now{0};
  double sendable = 0, readable = 0; // bytes that link and reader may take in this step; what they leave is lost
  std::uint64_t credit = tuner.size().value, window = credit, buffered = 0, consumed = 0, buffered_peak = 0, owed = 0;
  double on_its_way = 0; // and not acknowledged
  std::deque<parcel> data{}, grants{}, acknowledgments{};

  static std::uint64_t take(double& allowance, std::uint64_t at_most) {
    const auto n = std::min(at_most, static_cast<std::uint64_t>(allowance));
    allowance -= static_cast<double>(n);
    return n;
  }

  static std::uint64_t arrived(std::deque<parcel>& way, nanoseconds by) {
    std::uint64_t n = 0;
    for (; !way.empty() && way.front().due <= by; way.pop_front())
      n += way.front().bytes;
    return n;
  }

  void step(nanoseconds length) {
    now += length;
    const auto seconds = std::chrono::duration<double>(length).count();
    credit += arrived(grants, now);
    const auto acknowledged = static_cast<double>(arrived(acknowledgments, now));
    on_its_way -= acknowledged;
    congestion_window += acknowledged;
    sendable = std::min(sendable + bytes_per_second * seconds, bytes_per_second * seconds + 1);
    const auto most = static_cast<std::uint64_t>(std::max(congestion_window - on_its_way, 0.0));
    if (const auto n = take(sendable, std::min(credit, most))) {
      credit -= n;
      on_its_way += static_cast<double>(n);
      data.push_back({now + rtt / 2, n});
      acknowledgments.push_back({now + rtt, n});
    }
    buffered += arrived(data, now);
    buffered_peak = std::max(buffered_peak, buffered);
    readable = std::min(readable + reader_bytes_per_second * seconds, reader_bytes_per_second * seconds + 1);
    const auto n = reader_bytes_per_second == 0 ? buffered : take(readable, buffered);
    if (n > 0)
      consume(n);
  }

  void consume(std::uint64_t n) {
    buffered -= n;
    consumed += n;
    owed += n;
    if (const auto wanted = tuner.on_release(wire_bytes{n}, now, rtt)) {
      owed += wanted->value - window;
      window = wanted->value;
    }
    if (owed >= window / 4)
      grants.push_back({now + rtt / 2, std::exchange(owed, 0)});
  }

  /// Bytes consumed per second over `length`, in a hundred steps a round trip, but not below 10 us.
  double run(nanoseconds length) {
    const auto before = consumed;
    const auto step_length = std::clamp<nanoseconds>(rtt / 100, 10us, 1ms);
    for (const auto end = now + length; now < end;)
      step(step_length);
    return static_cast<double>(consumed - before) / std::chrono::duration<double>(length).count();
  }
  /// Bytes that the path holds.
  double held() const { return bytes_per_second * std::chrono::duration<double>(rtt).count(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(tuner)

BOOST_AUTO_TEST_CASE(a_fast_reader_reaches_the_rate_of_the_link_at_100_us_and_1_50_and_200_ms) {
  for (const nanoseconds rtt : {nanoseconds{100us}, nanoseconds{1ms}, nanoseconds{50ms}, nanoseconds{200ms}})
    for (const double rate : {12.5e6, 62.5e6}) {
      simulated_link link{rate, rtt, 0, flow::tuner{up_to(64u << 20)}};
      link.run(rtt * 20 + 50ms);
      const auto reached = link.run(rtt * 10 + 50ms);
      BOOST_TEST_CONTEXT("rtt " << rtt.count() << " ns, link " << rate << " B/s, window " << link.window) {
        BOOST_TEST(reached >= rate * 0.9);
        BOOST_TEST(reached <= rate * 1.01);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_window_ends_at_twice_what_the_path_holds_and_the_slack) {
  for (const nanoseconds rtt : {nanoseconds{100us}, nanoseconds{1ms}, nanoseconds{50ms}, nanoseconds{200ms}})
    for (const double rate : {12.5e6, 62.5e6, 1e9}) {
      if (rate == 1e9 && rtt > 1ms)
        continue; // hundreds of megabytes: nobody's window
      for (const double sends_at_first : {14.6e3, 1e12}) {
        simulated_link link{rate, rtt, 0, flow::tuner{up_to(1u << 30)}, sends_at_first};
        link.run(rtt * 40 + 100ms);
        BOOST_TEST_CONTEXT("rtt " << rtt.count() << " ns, link " << rate << " B/s, window " << link.window
                                  << ", the path holds " << link.held())
        BOOST_TEST(static_cast<double>(link.window)
                   <= std::max(static_cast<double>(first.value), 2.1 * link.held() + slack));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_long_fast_link_is_filled_as_soon_as_slow_start_allows) {
  // Slow start needs 8 doublings from 14.6 KB at 50 ms and 10 at 200 ms; doubling on half a window in each round trip
  // filled these links after 12 and 13 round trips.
  constexpr struct {
    std::chrono::milliseconds rtt;
    int round_trips;
  } cases[]{{50ms, 12}, {200ms, 13}};
  for (const auto& c : cases) {
    simulated_link link{62.5e6, c.rtt, 0, flow::tuner{up_to(64u << 20)}, 14.6e3};
    int taken = 0;
    while (link.run(c.rtt) < 0.9 * link.bytes_per_second && taken < 100)
      ++taken;
    BOOST_TEST_CONTEXT("rtt " << c.rtt.count() << " ms")
    BOOST_TEST(taken <= c.round_trips);
  }
}

BOOST_AUTO_TEST_CASE(a_round_trip_that_comes_at_once_ends_a_window_at_four_times_it) {
  // 1 MB each 50 ms, in a millisecond.
  flow::tuner tuner{up_to(1u << 30)};
  auto now = nanoseconds{0};
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 10; ++k)
      tuner.on_release(wire_bytes{100'000}, now + k * 100us, 50ms);
    now += 50ms;
  }
  BOOST_TEST(tuner.size().value > 2'000'000u);
  BOOST_TEST(tuner.size().value <= 4'200'000u + slack);
}

BOOST_AUTO_TEST_CASE(the_default_maximum_is_kept) {
  simulated_link link{100e6, 200ms, 0, flow::tuner{{}}};
  link.run(5s);
  BOOST_TEST(link.window == 1u << 20);
}

BOOST_AUTO_TEST_CASE(a_stalled_reader_stays_at_its_first_window) {
  simulated_link link{40e6, 50ms, 1, flow::tuner{up_to(32u << 20)}};
  link.run(10s);
  BOOST_TEST(link.tuner.size().value == first.value);
  BOOST_TEST(link.buffered_peak <= first.value);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_stays_at_its_first_window) {
  // 64 KiB in two round trips of 50 ms would be 655,360 bytes a second.
  simulated_link link{40e6, 50ms, 600e3, flow::tuner{up_to(32u << 20)}};
  link.run(20s);
  BOOST_TEST(link.tuner.size().value == first.value);
  BOOST_TEST(link.buffered_peak <= first.value);
}

BOOST_AUTO_TEST_CASE(a_window_follows_its_reader_and_not_the_link) {
  // 5 MB a second: 250,000 bytes a round trip, over a link of eight times that.
  simulated_link link{40e6, 50ms, 5e6, flow::tuner{up_to(32u << 20)}};
  link.run(20s);
  BOOST_TEST(link.window <= 3 * 255'000u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_one_large_chunk_and_then_stalls_has_proven_nothing) {
  flow::tuner tuner{up_to(32u << 20)};
  BOOST_TEST(!tuner.on_release(wire_bytes{1u << 20}, 0s, 50ms));
  BOOST_TEST(!tuner.on_release(wire_bytes{1u << 20}, 10s, 50ms));
  BOOST_TEST(!tuner.on_release(wire_bytes{1u << 20}, 20s, 50ms));
  BOOST_TEST(tuner.size().value == first.value);
}

BOOST_AUTO_TEST_CASE(half_a_window_within_a_round_trip_lets_it_grow) {
  flow::tuner tuner{up_to(32u << 20)};
  tuner.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(!tuner.on_release(wire_bytes{first.value / 2 - 1}, 50ms, 50ms));
  BOOST_TEST(!tuner.on_release(wire_bytes{1}, 50ms + 1us, 50ms)); // judged at the end of its stretch
  const auto wanted = tuner.on_release(wire_bytes{first.value / 2}, 100ms, 50ms);
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->value > first.value);
  BOOST_TEST(wanted->value <= 4 * first.value + slack);
  BOOST_TEST(tuner.size().value == wanted->value);
}

BOOST_AUTO_TEST_CASE(less_than_half_a_window_within_a_round_trip_does_not) {
  flow::tuner tuner{up_to(32u << 20)};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(
        !tuner.on_release(wire_bytes{first.value / 16 - 300}, i * 6250us, 50ms)); // eight of them in a round trip
  BOOST_TEST(tuner.size().value == first.value);
}

BOOST_AUTO_TEST_CASE(an_unknown_or_tiny_round_trip_proves_itself_in_the_floor) {
  for (const nanoseconds rtt : {nanoseconds{0}, nanoseconds{30us}}) {
    flow::tuner slow{up_to(32u << 20)}, fast{up_to(32u << 20)};
    for (int i = 0; i < 50; ++i) {
      BOOST_TEST(!slow.on_release(wire_bytes{first.value / 2 - 1}, i * 1ms, rtt));
      fast.on_release(wire_bytes{8 * first.value}, i * 1ms, rtt);
    }
    BOOST_TEST(fast.size().value > 2 * first.value);
  }
}

BOOST_AUTO_TEST_CASE(the_last_step_ends_at_the_maximum) {
  flow::tuner tuner{up_to(70u << 10)};
  tuner.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(tuner.on_release(first, 1ms, 50ms)->value == 70u << 10);
  BOOST_TEST(!tuner.on_release(wire_bytes{1u << 20}, 2ms, 50ms));
}

BOOST_AUTO_TEST_CASE(a_size_set_by_the_user_is_never_overridden) {
  flow::tuner tuner{{first, wire_bytes{32u << 20}, 1ms, true}};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(!tuner.on_release(wire_bytes{1u << 20}, i * 1us, 50ms));
  BOOST_TEST(tuner.size().value == first.value);
}

BOOST_AUTO_TEST_CASE(after_a_refusal_growth_is_wanted_again_on_new_proof) {
  flow::tuner tuner{up_to(32u << 20)};
  tuner.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(tuner.on_release(first, 1ms, 50ms).has_value());
  tuner.limit(first);
  BOOST_TEST(tuner.size().value == first.value);
  BOOST_TEST(tuner.on_release(first, 3ms, 50ms).has_value());
}

BOOST_AUTO_TEST_CASE(a_round_trip_is_the_transports_where_the_protocols_is_close_to_it) {
  BOOST_TEST((flow::path_round_trip(0ns, 0ns) == 0ns));
  BOOST_TEST((flow::path_round_trip(0ns, 60us) == 60us));
  BOOST_TEST((flow::path_round_trip(300us, 0ns) == 300us));
  BOOST_TEST((flow::path_round_trip(1500us, 60us) == 60us));
  BOOST_TEST((flow::path_round_trip(49ms, 50ms) == 49ms));
  BOOST_TEST((flow::path_round_trip(600ms, 1ms) == 600ms)); // behind a proxy that splits TCP
}

BOOST_AUTO_TEST_CASE(bursts_out_of_the_kernels_buffer_say_nothing_about_a_short_path) {
  // 1 GB a second in all, but at five times that rate for a fifth of the time; 60 us.
  flow::tuner tuner{up_to(1u << 30)};
  auto now = nanoseconds{0};
  for (int i = 0; i < 200; ++i, now += 5ms)
    for (int k = 0; k < 50; ++k)
      tuner.on_release(wire_bytes{100'000}, now + k * 20us, 60us);
  BOOST_TEST(tuner.size().value <= 2 * 1.5e9 * 60e-6 + slack);
}

BOOST_AUTO_TEST_SUITE_END()
