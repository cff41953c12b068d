#include <sluice/protocols/flow/tuner.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>

using namespace sluice;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr wire_bytes first{64u << 10};

flow::tuner_config up_to(std::uint64_t maximum) { return {first, wire_bytes{maximum}, 1ms, false}; }

/// An origin that sends whatever credit allows over a link of one rate and one round trip to a reader that consumes at
/// a rate of its own (0: as it comes). Virtual time in steps; credit takes half a round trip back, data half forth.
struct simulated_link {
  double bytes_per_second;
  nanoseconds rtt;
  double reader_bytes_per_second = 0;
  flow::tuner tuner;

  struct parcel {
    nanoseconds due;
    std::uint64_t bytes;
  };
  nanoseconds now{0};
  double sendable = 0, readable = 0; // bytes that link and reader may take in this step; what they leave is lost
  std::uint64_t credit = tuner.size().value, window = credit, buffered = 0, consumed = 0, buffered_peak = 0;
  std::deque<parcel> data{}, grants{};

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
    sendable = std::min(sendable + bytes_per_second * seconds, bytes_per_second * seconds + 1);
    if (const auto n = take(sendable, credit)) {
      credit -= n;
      data.push_back({now + rtt / 2, n});
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
    auto grant = n;
    if (const auto wanted = tuner.on_release(wire_bytes{n}, now, rtt)) {
      grant += wanted->value - window;
      window = wanted->value;
    }
    grants.push_back({now + rtt / 2, grant});
  }

  /// Bytes consumed per second over `length`.
  double run(nanoseconds length, nanoseconds step_length = 100us) {
    const auto before = consumed;
    for (const auto end = now + length; now < end;)
      step(step_length);
    return static_cast<double>(consumed - before) / std::chrono::duration<double>(length).count();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(tuner)

BOOST_AUTO_TEST_CASE(a_fast_reader_reaches_the_rate_of_the_link_at_1_50_and_200_ms) {
  for (const auto rtt : {1ms, 50ms, 200ms})
    for (const double rate : {12.5e6, 40e6}) {
      simulated_link x{rate, rtt, 0, flow::tuner{up_to(32u << 20)}};
      x.run(rtt * 20 + 100ms); // slow start: a doubling takes about a round trip
      const auto reached = x.run(rtt * 20 + 100ms);
      BOOST_TEST_CONTEXT("rtt " << rtt.count() << " ms, link " << rate << " B/s, window " << x.window) {
        BOOST_TEST(reached >= rate * 0.9);
        BOOST_TEST(reached <= rate * 1.01);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_window_ends_near_what_the_link_holds_and_not_at_the_maximum) {
  for (const auto rtt : {20ms, 50ms, 200ms}) {
    const double rate = 10e6;
    simulated_link x{rate, rtt, 0, flow::tuner{up_to(1u << 30)}};
    x.run(5s);
    const auto held = rate * std::chrono::duration<double>(rtt).count();
    BOOST_TEST_CONTEXT("rtt " << rtt.count() << " ms, window " << x.window)
    BOOST_TEST(static_cast<double>(x.window) <= 4.2 * held); // two round trips' worth, doubled once
  }
}

BOOST_AUTO_TEST_CASE(the_default_maximum_is_kept) {
  simulated_link x{100e6, 200ms, 0, flow::tuner{{}}};
  x.run(5s);
  BOOST_TEST(x.window == 1u << 20);
}

BOOST_AUTO_TEST_CASE(a_stalled_reader_stays_at_its_first_window) {
  simulated_link x{40e6, 50ms, 1, flow::tuner{up_to(32u << 20)}};
  x.run(10s);
  BOOST_TEST(x.tuner.size().value == first.value);
  BOOST_TEST(x.buffered_peak <= first.value);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_stays_at_its_first_window) {
  // 64 KiB in two round trips of 50 ms would be 655,360 bytes a second.
  simulated_link x{40e6, 50ms, 600e3, flow::tuner{up_to(32u << 20)}};
  x.run(20s);
  BOOST_TEST(x.tuner.size().value == first.value);
  BOOST_TEST(x.buffered_peak <= first.value);
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_one_large_chunk_and_then_stalls_has_proven_nothing) {
  flow::tuner x{up_to(32u << 20)};
  BOOST_TEST(!x.on_release(wire_bytes{1u << 20}, 0s, 50ms));
  BOOST_TEST(!x.on_release(wire_bytes{1u << 20}, 10s, 50ms));
  BOOST_TEST(!x.on_release(wire_bytes{1u << 20}, 20s, 50ms));
  BOOST_TEST(x.size().value == first.value);
}

BOOST_AUTO_TEST_CASE(a_whole_window_within_two_round_trips_doubles_it) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(!x.on_release(wire_bytes{first.value - 1}, 90ms, 50ms));
  const auto wanted = x.on_release(wire_bytes{1}, 100ms, 50ms);
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->value == 2 * first.value);
  BOOST_TEST(x.size().value == 2 * first.value);
}

BOOST_AUTO_TEST_CASE(a_window_that_has_grown_doubles_for_half_of_it_within_one_round_trip) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_REQUIRE(x.on_release(first, 60ms, 50ms));
  BOOST_TEST(!x.on_release(wire_bytes{first.value - 1}, 109ms, 50ms));
  const auto wanted = x.on_release(wire_bytes{1}, 110ms, 50ms);
  BOOST_REQUIRE(wanted);
  BOOST_TEST(wanted->value == 4 * first.value);
  BOOST_TEST(!x.on_release(wire_bytes{2 * first.value}, 160ms + 1ns, 50ms)); // that was more than a round trip
}

BOOST_AUTO_TEST_CASE(the_same_proof_in_half_the_time_quadruples_a_window) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(x.on_release(first, 50ms, 50ms)->value == 4 * first.value);
  BOOST_TEST(x.on_release(wire_bytes{2 * first.value}, 75ms, 50ms)->value == 16 * first.value);
  BOOST_TEST(x.on_release(wire_bytes{8 * first.value}, 100ms + 1ns, 50ms)->value == 32 * first.value);
}

BOOST_AUTO_TEST_CASE(it_keeps_step_with_the_slow_start_of_the_sender) {
  simulated_link x{1e9, 50ms, 0, flow::tuner{up_to(32u << 20)}};
  while (x.window < 8u << 20 && x.now < 2s)
    x.step(100us);
  BOOST_TEST(x.now.count() <= nanoseconds{10 * 50ms}.count(), "7 doublings took " << std::chrono::duration<double>(x.now).count() / 0.05 << " round trips");
}

BOOST_AUTO_TEST_CASE(a_nanosecond_later_it_does_not) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(!x.on_release(wire_bytes{first.value - 1}, 90ms, 50ms));
  BOOST_TEST(!x.on_release(wire_bytes{1}, 100ms + 1ns, 50ms));
}

BOOST_AUTO_TEST_CASE(an_unknown_or_tiny_round_trip_counts_as_the_floor) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 0s);
  BOOST_TEST(x.on_release(first, 2ms, 0s).has_value());
  x.on_release(wire_bytes{1}, 1s, 0s);
  BOOST_TEST(!x.on_release(wire_bytes{4 * first.value}, 1s + 2ms + 1ns, 0s));
}

BOOST_AUTO_TEST_CASE(the_last_step_ends_at_the_maximum) {
  flow::tuner x{up_to(100u << 10)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(x.on_release(first, 1ms, 50ms)->value == 100u << 10);
  BOOST_TEST(!x.on_release(wire_bytes{1u << 20}, 2ms, 50ms));
}

BOOST_AUTO_TEST_CASE(a_size_set_by_the_user_is_never_overridden) {
  flow::tuner x{{first, wire_bytes{32u << 20}, 1ms, true}};
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(!x.on_release(wire_bytes{1u << 20}, i * 1us, 50ms));
  BOOST_TEST(x.size().value == first.value);
}

BOOST_AUTO_TEST_CASE(after_a_refusal_growth_is_wanted_again_on_new_proof) {
  flow::tuner x{up_to(32u << 20)};
  x.on_release(wire_bytes{1}, 0s, 50ms);
  BOOST_TEST(x.on_release(first, 1ms, 50ms).has_value());
  x.limit(first);
  BOOST_TEST(x.size().value == first.value);
  BOOST_TEST(!x.on_release(wire_bytes{1}, 2ms, 50ms));
  BOOST_TEST(x.on_release(first, 3ms, 50ms).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
