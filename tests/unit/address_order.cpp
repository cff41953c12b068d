// Destinations in the order of RFC 6724 section 6, with the examples of its section 10.2, and the families in turn.
#include <sluice/protocols/dns/address_order.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice::dns;

namespace {

/// "destination from source"; "-": the kernel has no way there.
std::string ordered(const std::vector<std::pair<std::string_view, std::string_view>>& given) {
  std::vector<route> routes;
  for (const auto& [to, from] : given)
    routes.push_back({*parse_ip(to), parse_ip(from)});
  std::string result;
  for (const auto& address : in_order(routes))
    result += (result.empty() ? "" : " ") + text_of(address);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(address_order)

BOOST_AUTO_TEST_CASE(the_examples_of_rfc_6724_come_out_as_it_says) {
  BOOST_TEST(ordered({{"198.51.100.121", "198.51.100.117"}, {"2001:db8:1::1", "2001:db8:1::2"}})
             == "2001:db8:1::1 198.51.100.121");
  BOOST_TEST(ordered({{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}})
             == "198.51.100.121 2001:db8:1::1"); // the scope of the source
  BOOST_TEST(ordered({{"10.1.2.3", "10.1.2.4"}, {"2001:db8:1::1", "2001:db8:1::2"}}) == "2001:db8:1::1 10.1.2.3");
  BOOST_TEST(ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}) == "fe80::1 2001:db8:1::1");
  BOOST_TEST(ordered({{"2001:db8:3ffe::1", "2001:db8:3f44::2"}, {"2001:db8:1::1", "2001:db8:1::2"}})
             == "2001:db8:1::1 2001:db8:3ffe::1"); // the longest prefix in common
  BOOST_TEST(ordered({{"2001:db8:1::1", "2002:c633:6401::2"}, {"2002:c633:6401::1", "2002:c633:6401::2"}})
             == "2002:c633:6401::1 2001:db8:1::1"); // the label
  BOOST_TEST(ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2001:db8:1::2"}})
             == "2001:db8:1::1 2002:c633:6401::1"); // the precedence
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_comes_last) {
  BOOST_TEST(ordered({{"2001:db8::1", "-"}, {"192.0.2.1", "192.0.2.2"}}) == "192.0.2.1 2001:db8::1");
  BOOST_TEST(ordered({{"2001:db8::1", "-"}, {"192.0.2.1", "-"}}) == "2001:db8::1 192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_unique_local_source_does_not_draw_connections_to_the_wide_network) {
  BOOST_TEST(ordered({{"2001:db8::1", "fd00::2"}, {"192.0.2.1", "10.0.0.2"}}) == "192.0.2.1 2001:db8::1");
  BOOST_TEST(ordered({{"fd00::1", "fd00::2"}, {"192.0.2.1", "10.0.0.2"}}) == "192.0.2.1 fd00::1");
}

BOOST_AUTO_TEST_CASE(families_take_turns_and_the_name_servers_order_is_kept_among_equals) {
  BOOST_TEST(ordered({{"192.0.2.9", "10.0.0.2"},
                      {"192.0.2.1", "10.0.0.2"},
                      {"192.0.2.5", "10.0.0.2"},
                      {"2001:db8::9", "2001:db8:f::2"},
                      {"2001:db8::1", "2001:db8:f::2"}})
             == "2001:db8::9 192.0.2.9 2001:db8::1 192.0.2.1 192.0.2.5");
}

BOOST_AUTO_TEST_CASE(nothing_is_in_order) { BOOST_TEST(ordered({}).empty()); }

BOOST_AUTO_TEST_CASE(addresses_are_read_and_written) {
  for (const auto* text : {"0.0.0.0", "255.255.255.255", "192.0.2.1", "::", "::1", "2001:db8::1", "fe80::1"})
    BOOST_TEST(text_of(*parse_ip(text)) == text);
  BOOST_TEST(text_of(*parse_ip("[2001:DB8:0::1]")) == "2001:db8::1");
  for (const auto* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.", "[1.2.3.4]x",
                           "::1%lo", "[::1", ":", "1..2.3", "-1.2.3.4", "+1.2.3.4"})
    BOOST_TEST(!parse_ip(text), text);
  BOOST_TEST(is_loopback(*parse_ip("127.9.9.9")));
  BOOST_TEST(is_loopback(*parse_ip("::1")));
  BOOST_TEST(!is_loopback(*parse_ip("128.0.0.1")));
}

BOOST_AUTO_TEST_SUITE_END()
