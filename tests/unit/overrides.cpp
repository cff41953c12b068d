// What a user prescribes about addresses is read as curl reads it, and an error says what to write instead.
#include <sluice/protocols/dns/overrides.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::dns;

namespace {

/// The overrides of these entries of --resolve.
dns::overrides resolving(std::vector<std::string> entries) {
  addressing given;
  given.resolve = std::move(entries);
  auto made = dns::overrides::make(given);
  BOOST_REQUIRE(made);
  return *std::move(made);
}

std::string found(const dns::overrides& all, std::string_view host, std::uint16_t port, bool first_minute = true) {
  const auto* addresses = all.find(host, port, first_minute);
  std::string result;
  if (addresses)
    for (const auto& address : *addresses)
      result += (result.empty() ? "" : " ") + text_of(address);
  return result;
}

/// Where a request to that host and port goes with these entries of --connect-to; empty: there.
std::string sent_to(std::vector<std::string> entries, const std::string& host, std::uint16_t port) {
  addressing given;
  given.connect_to = std::move(entries);
  const auto made = dns::overrides::make(given);
  BOOST_REQUIRE(made);
  const auto target = made->redirected(host, port);
  return target ? target->first + " " + std::to_string(target->second) : std::string{};
}

template <class Parse>
void refused(Parse parse, std::string_view text, std::string_view hint) {
  const auto read = parse(text);
  BOOST_TEST(!read, text << " is accepted");
  if (read)
    return;
  BOOST_TEST((read.error().code == errc::invalid_configuration));
  BOOST_TEST(read.error().detail.find(hint) != std::string::npos, text << ": " << read.error().detail);
}

} // namespace

BOOST_AUTO_TEST_SUITE(overrides)

BOOST_AUTO_TEST_CASE(an_entry_gives_the_addresses_of_a_host_and_a_port) {
  const auto all = resolving({"Example.ORG:443:192.0.2.1,[2001:db8::1],2001:db8::2", "[2001:db8::9]:80:192.0.2.9"});
  BOOST_TEST(found(all, "example.org", 443) == "192.0.2.1 2001:db8::1 2001:db8::2");
  BOOST_TEST(found(all, "example.org", 80).empty());
  BOOST_TEST(found(all, "www.example.org", 443).empty());
  BOOST_TEST(found(all, "2001:db8::9", 80) == "192.0.2.9");
}

BOOST_AUTO_TEST_CASE(a_star_is_every_host_that_has_no_entry_of_its_own) {
  const auto all = resolving({"*:80:192.0.2.1", "a:80:192.0.2.2"});
  BOOST_TEST(found(all, "a", 80) == "192.0.2.2");
  BOOST_TEST(found(all, "b", 80) == "192.0.2.1");
  BOOST_TEST(found(all, "b", 81).empty());
}

BOOST_AUTO_TEST_CASE(the_last_entry_counts_and_a_minus_removes_one) {
  BOOST_TEST(found(resolving({"a:80:192.0.2.1", "a:80:192.0.2.2"}), "a", 80) == "192.0.2.2");
  const auto removed = resolving({"a:80:192.0.2.1", "a:81:192.0.2.1", "-a:80"});
  BOOST_TEST(found(removed, "a", 80).empty());
  BOOST_TEST(found(removed, "a", 81) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_plus_counts_for_the_first_minute) {
  const auto all = resolving({"+a:80:192.0.2.1"});
  BOOST_TEST(found(all, "a", 80, true) == "192.0.2.1");
  BOOST_TEST(found(all, "a", 80, false).empty());
}

BOOST_AUTO_TEST_CASE(a_name_outside_ascii_is_that_of_the_dns) {
  BOOST_TEST(found(resolving({"b\xc3\xbc"
                              "cher.test:80:192.0.2.1"}),
                   "xn--bcher-kva.test", 80)
             == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_bad_entry_of_resolve_says_what_to_write) {
  refused(parse_resolve, "", "has no host");
  refused(parse_resolve, ":80:192.0.2.1", "has no host");
  refused(parse_resolve, "a", "has no port");
  refused(parse_resolve, "a:80", "HOST:PORT:ADDRESS");
  refused(parse_resolve, "a:80:", "has no address");
  refused(parse_resolve, "a:http:192.0.2.1", "the port 'http'");
  refused(parse_resolve, "a:0:192.0.2.1", "1 to 65535");
  refused(parse_resolve, "a:65536:192.0.2.1", "1 to 65535");
  refused(parse_resolve, "a:80:b", "'b', which is no IP address");
  refused(parse_resolve, "a:80:192.0.2.1,", "'', which is no IP address");
  refused(parse_resolve, "a b:80:192.0.2.1", "the host 'a b'");
  refused(parse_resolve, "-a:80:192.0.2.1", "removes an entry");
  refused(parse_resolve, "[::1:80:192.0.2.1", "HOST:PORT:ADDRESS");
}

BOOST_AUTO_TEST_CASE(requests_go_to_the_first_entry_that_fits) {
  BOOST_TEST(sent_to({"a:80:b:8080"}, "a", 80) == "b 8080");
  BOOST_TEST(sent_to({"a:80:b:8080"}, "a", 81).empty());
  BOOST_TEST(sent_to({"a:80:b:8080"}, "c", 80).empty());
  BOOST_TEST(sent_to({"::b:"}, "a", 443) == "b 443");
  BOOST_TEST(sent_to({"a:::8443"}, "a", 443) == "a 8443");
  BOOST_TEST(sent_to({":443:b:"}, "a", 443) == "b 443");
  BOOST_TEST(sent_to({"A:80:[2001:DB8::1]:81", "::c:"}, "a", 80) == "2001:db8::1 81");
  BOOST_TEST(sent_to({"A:80:b:", "::c:"}, "d", 80) == "c 80");
}

BOOST_AUTO_TEST_CASE(a_bad_entry_of_connect_to_says_what_to_write) {
  refused(parse_connect_to, "", "fewer than four");
  refused(parse_connect_to, "a:80:b", "HOST1:PORT1:HOST2:PORT2");
  refused(parse_connect_to, "a:80:b:80:c", "more than four");
  refused(parse_connect_to, "a:80:::1:80", "brackets");
  refused(parse_connect_to, "a:x:b:80", "the port 'x'");
  refused(parse_connect_to, "a:80:b:70000", "the port '70000'");
  refused(parse_connect_to, "a:80:b c:80", "the host 'b c'");
}

BOOST_AUTO_TEST_CASE(name_servers_are_addresses_with_a_port_or_without) {
  addressing given;
  given.name_servers = {"192.0.2.1", "192.0.2.2:5353", "2001:db8::1", "[2001:db8::2]", "[2001:db8::3]:54"};
  const auto made = dns::overrides::make(given);
  BOOST_REQUIRE(made);
  BOOST_TEST(made->name_servers() == "192.0.2.1:53,192.0.2.2:5353,[2001:db8::1]:53,[2001:db8::2]:53,[2001:db8::3]:54");
  for (const auto* text :
       {"", "a", "a:53", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:0", "[2001:db8::1]:99999", "192.0.2"})
    refused(parse_name_server, text, "");
}

BOOST_AUTO_TEST_CASE(a_local_end_is_an_interface_or_an_address_or_a_name) {
  const auto either = parse_interface("eth0");
  BOOST_REQUIRE(either);
  BOOST_TEST(either->either());
  BOOST_TEST(parse_interface("if!eth0")->name == "eth0");
  BOOST_TEST(parse_interface("if!eth0")->host.empty());
  BOOST_TEST(parse_interface("if!192.0.2.1")->name == "192.0.2.1"); // no address, whatever it looks like
  BOOST_TEST(parse_interface("host!eth0")->host == "eth0");
  BOOST_TEST(parse_interface("host!eth0")->name.empty());
  BOOST_TEST(parse_interface("192.0.2.1")->host == "192.0.2.1");
  BOOST_TEST(parse_interface("192.0.2.1")->name.empty());
  BOOST_TEST(parse_interface("2001:DB8::1")->host == "2001:db8::1");
  BOOST_TEST(parse_interface("a-host-of-a-long-name.example")->name.empty());
  BOOST_TEST(parse_interface("eth0:1")->name == "eth0:1"); // an alias is no host
  refused(parse_interface, "", "names nothing");
  refused(parse_interface, "if!", "names nothing");
  refused(parse_interface, "host!", "names nothing");
  refused(parse_interface, "if!a-name-that-is-too-long", "15 characters");
  refused(parse_interface, "host!a b", "no name holds");
}

BOOST_AUTO_TEST_CASE(a_range_of_ports_has_a_first_and_perhaps_a_last_one) {
  BOOST_TEST(parse_port_range("4000")->first == 4000);
  BOOST_TEST(parse_port_range("4000")->last == 4000);
  BOOST_TEST(parse_port_range("4000-4200")->last == 4200);
  for (const auto* text : {"", "0", "-", "-1", "4000-", "4000-3999", "4000-70000", "a", "1-2-3", " 1"})
    refused(parse_port_range, text, "from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(the_field_of_a_bad_entry_is_named) {
  const std::pair<const char*, std::function<void(addressing&)>> table[] = {
      {"resolve", [](addressing& given) { given.resolve = {"a:80:192.0.2.1", "b"}; }},
      {"connect_to", [](addressing& given) { given.connect_to = {"b"}; }},
      {"name_servers", [](addressing& given) { given.name_servers = {"b"}; }},
      {"interface", [](addressing& given) { given.interface = "if!"; }},
  };
  for (const auto& [field, spoil] : table) {
    addressing given;
    spoil(given);
    const auto made = dns::overrides::make(given);
    BOOST_REQUIRE(!made);
    BOOST_TEST(made.error().detail.find(std::string{"client_config.addressing."} + field) == 0u, made.error().detail);
  }
}

BOOST_AUTO_TEST_SUITE_END()
