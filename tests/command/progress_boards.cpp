// What is shown of several transfers: a line each, as far as there is room, and a total.
#include "../../deploy/command/progress_board.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace sluice::command;

namespace {
named_progress example(const std::string& name) { return {name, {1u << 20, 4u << 20, 1 << 20, 0, false}, false}; }
} // namespace

BOOST_AUTO_TEST_SUITE(progress_boards)

BOOST_AUTO_TEST_CASE(one_transfer_has_one_line_and_no_name) {
  const auto lines = progress_board({example("a")}, {1, 0, 0, 1u << 20, 1 << 20}, 60, 24);
  BOOST_TEST(lines.size() == 1u);
  BOOST_TEST(lines.front() == progress_line(example("a").figures, 60));
  BOOST_TEST(progress_board({}, {1, 0, 0, 0, 0}, 60, 24).empty());
}

BOOST_AUTO_TEST_CASE(several_have_a_line_each_and_a_total) {
  const auto lines = progress_board({example("a.bin"), example("longer.bin")}, {5, 2, 1, 3u << 20, 2 << 20}, 100, 24);
  BOOST_TEST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0].starts_with("a.bin       "));
  BOOST_TEST(lines[1].starts_with("longer.bin  "));
  BOOST_TEST(lines[0].find("1.0 MiB of 4.0 MiB") != std::string::npos);
  BOOST_TEST(lines[2] == "total: 2 of 5 done, 1 failed  3.0 MiB  2.0 MiB/s");
}

BOOST_AUTO_TEST_CASE(the_total_has_a_share_where_all_sizes_are_known) {
  const run_totals known{5, 2, 1, 3u << 20, 2 << 20, std::uint64_t{9} << 20};
  const auto total = [&](const run_totals& totals, std::size_t columns) {
    return progress_board({example("a")}, totals, columns, 24).back();
  };
  BOOST_TEST(total(known, 100) == "total: 2 of 5 done, 1 failed  33%  3.0 MiB of 9.0 MiB  2.0 MiB/s");
  BOOST_TEST(total(known, 60) == "total: 2 of 5 done, 1 failed  33%  3.0 MiB  2.0 MiB/s");
  auto empty = known;
  empty.expected = 0;
  BOOST_TEST(total(empty, 100).find('%') == std::string::npos);
  for (std::size_t columns = 0; columns < 100; ++columns)
    BOOST_TEST(columns_of(total(known, columns)) <= columns);
}

BOOST_AUTO_TEST_CASE(lines_fit_the_terminal_and_the_total_says_how_many_do_not) {
  std::vector<named_progress> many;
  for (int i = 0; i < 50; ++i)
    many.push_back(example("a/rather/long/path/of/file-" + std::to_string(i)));
  for (std::size_t columns = 0; columns < 150; columns += 7)
    for (const std::size_t rows : {0u, 1u, 2u, 10u, 100u}) {
      const auto lines = progress_board(many, {1000, 12, 0, 1u << 30, 1e6}, columns, rows);
      BOOST_TEST(lines.size() <= (rows > 0 ? rows : 1u));
      for (const auto& line : lines)
        BOOST_TEST(columns_of(line) <= columns);
    }
  const auto lines = progress_board(many, {1000, 12, 0, 1u << 30, 1e6}, 66, 10);
  BOOST_TEST(lines.front().starts_with(".."));
  BOOST_TEST(lines.front().find("file-0") != std::string::npos);
  BOOST_TEST(lines.back().find("41 not shown") != std::string::npos, lines.back());
}

BOOST_AUTO_TEST_CASE(an_upload_says_that_it_is_one) {
  auto upload = example("a");
  upload.sending = true;
  BOOST_TEST(progress_board({upload}, {1, 0, 0, 0, 0}, 80, 24).front().starts_with("sending  "));
}

BOOST_AUTO_TEST_SUITE_END()
