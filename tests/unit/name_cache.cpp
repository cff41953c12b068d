// Addresses are kept as long as their name server and the limits allow, and no more of them than that.
#include <sluice/protocols/dns/name_cache.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace sluice::dns;
using namespace std::chrono_literals;

namespace {

const name_cache::time_point begin{1h};
const std::vector<ip_address> one{ipv4(192, 0, 2, 1)}, other{ipv4(192, 0, 2, 2)};

} // namespace

BOOST_AUTO_TEST_SUITE(name_cache)

BOOST_AUTO_TEST_CASE(a_name_is_kept_for_its_time_to_live) {
  sluice::dns::name_cache cache{{}};
  BOOST_TEST(!cache.find("a", begin));
  cache.keep("a", one, 10s, begin);
  BOOST_REQUIRE(cache.find("a", begin + 9999ms));
  BOOST_TEST((*cache.find("a", begin + 9999ms) == one));
  BOOST_TEST(!cache.find("b", begin));
  BOOST_TEST(!cache.find("a", begin + 10s));
  BOOST_TEST(cache.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_new_answer_replaces_the_old_one) {
  sluice::dns::name_cache cache{{}};
  cache.keep("a", one, 10s, begin);
  cache.keep("a", other, 100s, begin + 1s);
  BOOST_REQUIRE(cache.find("a", begin + 50s));
  BOOST_TEST((*cache.find("a", begin + 50s) == other));
  cache.keep("a", one, 0s, begin + 60s); // may not be kept: nor may the old one
  BOOST_TEST(!cache.find("a", begin + 60s));
}

BOOST_AUTO_TEST_CASE(the_limits_bound_the_time) {
  sluice::dns::name_cache cache{{10, 5s, 60s}};
  cache.keep("short", one, 0s, begin);
  cache.keep("long", one, 100h, begin);
  BOOST_TEST(cache.find("short", begin + 4s));
  BOOST_TEST(!cache.find("short", begin + 5s));
  BOOST_TEST(cache.find("long", begin + 59s));
  BOOST_TEST(!cache.find("long", begin + 60s));
}

BOOST_AUTO_TEST_CASE(the_name_that_was_not_used_for_longest_makes_room) {
  sluice::dns::name_cache cache{{3, 0s, 1h}};
  for (const auto* name : {"a", "b", "c"})
    cache.keep(name, one, 1h, begin);
  BOOST_TEST(cache.find("a", begin));
  cache.keep("d", one, 1h, begin);
  BOOST_TEST(cache.size() == 3u);
  BOOST_TEST(!cache.find("b", begin));
  for (const auto* name : {"a", "c", "d"})
    BOOST_TEST(cache.find(name, begin), name);
  for (int i = 0; i < 1000; ++i)
    cache.keep(std::to_string(i), one, 1h, begin);
  BOOST_TEST(cache.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_cache_without_room_keeps_nothing) {
  sluice::dns::name_cache cache{{0, 5s, 60s}};
  cache.keep("a", one, 10s, begin);
  BOOST_TEST(!cache.find("a", begin));
  sluice::dns::name_cache no_time{{10, 0s, 0s}};
  no_time.keep("a", one, 10s, begin);
  BOOST_TEST(!no_time.find("a", begin));
}

BOOST_AUTO_TEST_CASE(no_addresses_are_not_kept) {
  sluice::dns::name_cache cache{{}};
  cache.keep("a", {}, 10s, begin);
  BOOST_TEST(cache.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
