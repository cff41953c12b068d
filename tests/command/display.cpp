// Lines for people, and the figures in them.
#include "../../deploy/command/display.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(display)

BOOST_AUTO_TEST_CASE(a_rate_is_that_of_the_last_three_seconds) {
  recent_rate rate;
  BOOST_TEST(rate.per_second() == 0);
  for (int i = 0; i <= 100; ++i) // 1,000 a second for 10 s
    rate.note(i / 10.0, static_cast<std::uint64_t>(i) * 100);
  BOOST_TEST(rate.per_second() == 1000, boost::test_tools::tolerance(1e-9));
  for (int i = 101; i <= 115; ++i) // then nothing
    rate.note(i / 10.0, 10'000);
  BOOST_TEST(rate.per_second() == 500, boost::test_tools::tolerance(1e-9));
  for (int i = 116; i <= 131; ++i)
    rate.note(i / 10.0, 10'000);
  BOOST_TEST(rate.per_second() == 0);
}

BOOST_AUTO_TEST_CASE(a_line_fits_any_width_and_tells_the_most_that_it_can) {
  const progress state{123ull << 20, std::uint64_t{1} << 30, 3.5 * (1 << 20), 64u << 10};
  for (std::size_t columns = 0; columns < 200; ++columns)
    BOOST_TEST(columns_of(progress_line(state, columns)) <= columns);
  BOOST_TEST(progress_line(state, 120)
             == "[###" + std::string(27, ' ')
                    + "]   12%  123.0 MiB of 1.0 GiB  3.5 MiB/s  4:18 left  64.0 KiB held for the reader");
  BOOST_TEST(progress_line(state, 79)
             == "[###" + std::string(24, ' ') + "]   12%  123.0 MiB of 1.0 GiB  3.5 MiB/s  4:18 left");
  BOOST_TEST(progress_line(state, 39) == " 12% 0.1/1.0 GiB 3.5 MiB/s 4:18");
  BOOST_TEST(progress_line(state, 20) == " 12% 3.5 MiB/s 4:18");
  BOOST_TEST(progress_line(state, 4) == " 12%");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_not_told) {
  BOOST_TEST(progress_line({5u << 20, std::nullopt, 1 << 20, 0}, 79) == "5.0 MiB  1.0 MiB/s  0 B held for the reader");
  BOOST_TEST(progress_line({0, 100, 0, 0}, 39) == "  0%  0 B of 100 B  0 B/s  --:-- left");
  BOOST_TEST(progress_line({200, 100, 0, 0}, 39) == "100%  200 B of 100 B  0 B/s  0:00 left");
}

BOOST_AUTO_TEST_CASE(where_the_reader_is_the_limit_it_is_said_in_words) {
  progress now{123ull << 20, std::uint64_t{1} << 30, 3.5 * (1 << 20), 64u << 10, true};
  BOOST_TEST(progress_line(now, 90)
             == " 12%  123.0 MiB of 1.0 GiB  3.5 MiB/s  4:18 left  limited by the reader (64.0 KiB held)");
  BOOST_TEST(progress_line(now, 79) == " 12%  123.0 MiB of 1.0 GiB  3.5 MiB/s  4:18 left  limited by the reader");
  now.limit_rate = true;
  BOOST_TEST(progress_line(now, 79) == " 12%  123.0 MiB of 1.0 GiB  3.5 MiB/s  4:18 left  limited by --limit-rate");
  now.limit_rate = false;
  now.total.reset();
  BOOST_TEST(progress_line(now, 79) == "123.0 MiB  3.5 MiB/s  limited by the reader (64.0 KiB held)");
  for (std::size_t columns = 0; columns < 200; ++columns)
    BOOST_TEST(columns_of(progress_line(now, columns)) <= columns);

  pause_watch pauses;
  BOOST_TEST(!pauses.reader_limits());
  for (int i = 0; i < 3; ++i)
    pauses.note(true);
  BOOST_TEST(pauses.reader_limits());
  for (int i = 0; i < 3; ++i)
    pauses.note(false);
  BOOST_TEST(!pauses.reader_limits());
}

BOOST_AUTO_TEST_CASE(sizes_and_times_are_written_short) {
  BOOST_TEST(human_bytes(1023) == "1023 B");
  BOOST_TEST(human_bytes(1024 * 1024 - 1) == "1.0 MiB");
  BOOST_TEST(human_duration(0.2) == "0:01");
  BOOST_TEST(human_duration(3599) == "59:59");
  BOOST_TEST(human_duration(12'345) == "3:25:45");
  BOOST_TEST(human_duration(1e18) == "--:--");
}

BOOST_AUTO_TEST_CASE(quantiles_are_by_nearest_rank) {
  std::vector<double> values;
  for (int i = 1; i <= 100; ++i)
    values.push_back(i);
  BOOST_TEST(quantile(values, 0.5) == 50);
  BOOST_TEST(quantile(values, 0.99) == 99);
  BOOST_TEST(quantile(values, 1) == 100);
  BOOST_TEST(quantile({7}, 0.01) == 7);
  BOOST_TEST(quantile({}, 0.5) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
