// A hosts file is read as the system reads it.
#include <sluice/protocols/dns/hosts_file.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice::dns;

namespace {

using dns_hosts = hosts_file; // the suite has its name

std::vector<ip_address> addresses(std::string_view text, std::string_view host) {
  return hosts_file{std::string{text}}.find(host);
}
std::string found(std::string_view text, std::string_view host) {
  std::string result;
  for (const auto& address : addresses(text, host))
    result += (result.empty() ? "" : " ") + text_of(address);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hosts_file)

BOOST_AUTO_TEST_CASE(a_name_has_the_addresses_of_all_its_lines) {
  constexpr std::string_view text = "# 192.0.2.1 comment\n"
                                    "192.0.2.2\tOne two # three\r\n"
                                    "\n"
                                    "192.0.2.3\n"
                                    "  2001:db8::1  four one\n"
                                    "192.0.2.2 one\n"
                                    "nonsense five\n"
                                    "192.0.2.4 last";
  for (const auto* name : {"one", "ONE"})
    BOOST_TEST(found(text, name) == "192.0.2.2 2001:db8::1", name);
  BOOST_TEST(found(text, "two") == "192.0.2.2");
  BOOST_TEST(found(text, "four") == "2001:db8::1");
  BOOST_TEST(found(text, "last") == "192.0.2.4");
  for (const auto* name : {"comment", "three", "192.0.2.3", "2001:db8::1", "on", "", "las", "five"})
    BOOST_TEST(found(text, name).empty(), name);
  BOOST_TEST(found("", "one").empty());
}

BOOST_AUTO_TEST_CASE(a_name_has_64_addresses_at_most) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "192.0.2." + std::to_string(i) + " many\n";
  BOOST_TEST(addresses(text, "many").size() == 64u);
}

BOOST_AUTO_TEST_CASE(each_of_many_names_has_its_own_addresses) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + " host" + std::to_string(i) + " Alias"
            + std::to_string(i) + "\n";
  const dns_hosts all{text};
  for (int i = 0; i < 5000; ++i)
    for (const std::string name : {"host", "alias"}) {
      const auto got = all.find(name + std::to_string(i));
      BOOST_TEST_REQUIRE(got.size() == 1u);
      BOOST_TEST_REQUIRE(text_of(got[0]) == "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    }
  BOOST_TEST(all.find("host5000").empty());
}

BOOST_AUTO_TEST_CASE(localhost_and_what_lies_under_it_is_this_machine) {
  for (const auto* name : {"localhost", "LocalHost", "localhost.", "a.localhost", "a.b.localhost."})
    BOOST_TEST(is_localhost(name), name);
  for (const auto* name : {"", ".", "localhost.test", "alocalhost", "localhos", "xlocalhost.", "localhost.localdomain"})
    BOOST_TEST(!is_localhost(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
