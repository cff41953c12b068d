// What the scripted origin sends can be checked from anywhere, and its counts be written short.
#include "wire.hpp"

#include <sluice/deploy/origin/query.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::tests;

BOOST_AUTO_TEST_SUITE(origin_content)

BOOST_AUTO_TEST_CASE(content_is_the_same_from_any_offset) {
  const auto whole = content(7, 1000);
  for (std::size_t at = 0; at < 40; ++at)
    for (std::size_t n = 0; n < 40; ++n) {
      std::string part(n, '\0');
      origin::fill(7, at, std::as_writable_bytes(std::span(part)));
      BOOST_REQUIRE(part == whole.substr(at, n));
    }
  BOOST_TEST(content(8, 1000) != whole);
}

BOOST_AUTO_TEST_CASE(a_checker_finds_the_first_wrong_byte) {
  auto altered = content(3, 20000);
  altered[12345] = static_cast<char>(altered[12345] ^ 1);
  origin::checker c(3);
  BOOST_TEST(c.update(bytes_of(altered).first(5001)));
  BOOST_TEST(!c.update(bytes_of(altered).subspan(5001)));
  BOOST_TEST(c.offset() == 12345u);
  BOOST_TEST(!c.update({}));
}

BOOST_AUTO_TEST_CASE(a_hash_does_not_depend_on_how_the_stream_was_cut) {
  const auto body = content(5, 1000);
  const auto whole = origin::hash(bytes_of(body));
  BOOST_TEST(whole == origin::hash_of(5, 1000));
  for (std::size_t step = 1; step < 70; ++step) {
    origin::hasher h;
    for (std::size_t at = 0; at < body.size(); at += step)
      h.update(bytes_of(body).subspan(at, std::min(step, body.size() - at)));
    BOOST_REQUIRE(h.value() == whole);
  }
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto other = body;
    other[i] = static_cast<char>(other[i] ^ 0x10);
    BOOST_REQUIRE(origin::hash(bytes_of(other)) != whole);
  }
  BOOST_TEST(origin::hash_of(5, 999) != whole);
}

BOOST_AUTO_TEST_CASE(counts_take_suffixes_and_nothing_else) {
  BOOST_TEST(*origin::parse_count("64k") == 65536u);
  BOOST_TEST(*origin::parse_count("2G") == std::uint64_t{2} << 30);
  for (const char* bad : {"", "k", "-1", "1kk", "1x", "99999999999999999999", "9999999t"})
    BOOST_TEST(!origin::parse_count(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
