// Sizes with suffixes.
#include "../../deploy/command/size.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

using namespace sluice::command;

BOOST_AUTO_TEST_SUITE(sizes)

BOOST_AUTO_TEST_CASE(a_suffix_is_a_power_of_1024) {
  const std::pair<std::string, std::uint64_t> rows[] = {{"0", 0},
                                                        {"4096", 4096},
                                                        {"7b", 7},
                                                        {"64k", 64u << 10},
                                                        {"64K", 64u << 10},
                                                        {"1M", 1u << 20},
                                                        {"2g", std::uint64_t{2} << 30},
                                                        {"3T", std::uint64_t{3} << 40},
                                                        {"1P", std::uint64_t{1} << 50},
                                                        {"9223372036854775807", INT64_MAX},
                                                        {"8388607T", std::uint64_t{8388607} << 40}};
  for (const auto& [text, bytes] : rows)
    BOOST_TEST(parse_size(text).value_or(1) == bytes, text);
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const std::string text : {"", "k", "-1", "+1", " 1", "1 ", "1kb", "1.5M", "1x", "0x10", "9223372036854775808",
                                 "8388608T", "8192P", "99999999999999999999"})
    BOOST_TEST(!parse_size(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
