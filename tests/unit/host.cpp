// Hosts as WHATWG's URL standard reads them: each text is one host for everybody, or none.
#include <sluice/protocols/uri/host.hpp>
#include <sluice/protocols/uri/ipv6.hpp>
#include <sluice/protocols/uri/uri.hpp>

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>

using sluice::uri::canonical_authority;
using sluice::uri::parse;
using sluice::uri::parse_host;
using sluice::uri::parse_ipv6;

namespace {

struct row {
  std::string_view text, expected;
};

void becomes(std::initializer_list<row> rows) {
  for (const auto& entry : rows) {
    const auto host = parse_host(entry.text);
    BOOST_TEST(host.problem.empty(), entry.text << " " << host.problem);
    BOOST_TEST(host.text == entry.expected, entry.text << " became " << host.text);
    const auto url = parse("http://" + std::string{entry.text} + "/");
    BOOST_TEST((url && url->host == entry.expected), entry.text << " differs in a URL");
    const auto again = parse_host(sluice::uri::bracketed(host.text));
    BOOST_TEST((again && again.text == host.text), host.text << " is not canonical");
  }
}

/// Each text is refused with a problem that holds `hint` and not the text.
void refused(std::string_view hint, std::initializer_list<std::string_view> texts) {
  for (auto text : texts) {
    const auto host = parse_host(text);
    BOOST_TEST((!host && host.text.empty()), text << " became " << host.text);
    BOOST_TEST(host.problem.find(hint) != std::string::npos, text << ": " << host.problem);
    BOOST_TEST(!parse("http://" + std::string{text} + "/"), text << " is accepted in a URL");
  }
}

/// What the resolver of this machine makes of an IPv4 address in any of its forms; empty: a name.
std::string resolver_reads(const std::string& name) {
  in_addr address{};
  return inet_aton(name.c_str(), &address) == 0 ? std::string{} : std::string{inet_ntoa(address)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(host)

BOOST_AUTO_TEST_CASE(a_number_is_an_ipv4_address_in_every_form_that_resolvers_take) {
  becomes({{"127.0.0.1", "127.0.0.1"},
           {"127.1", "127.0.0.1"},
           {"127.0.1", "127.0.0.1"},
           {"0x7f.1", "127.0.0.1"},
           {"0X7F.0x0.0.0X1", "127.0.0.1"},
           {"2130706433", "127.0.0.1"},
           {"0x7f000001", "127.0.0.1"},
           {"017700000001", "127.0.0.1"},
           {"0177.0.0.1", "127.0.0.1"},
           {"0177.0.0.01", "127.0.0.1"},
           {"127.0.0.1.", "127.0.0.1"},
           {"2130706433.", "127.0.0.1"},
           {"0", "0.0.0.0"},
           {"0x", "0.0.0.0"},
           {"0x.0", "0.0.0.0"},
           {"00", "0.0.0.0"},
           {"1.2.3", "1.2.0.3"},
           {"1.65535", "1.0.255.255"},
           {"1.0x00ffffff", "1.255.255.255"},
           {"1.2.65535", "1.2.255.255"},
           {"4294967295", "255.255.255.255"},
           {"0xffffffff", "255.255.255.255"},
           {"0000000000000000000000000000000000000001", "0.0.0.1"}});
}

BOOST_AUTO_TEST_CASE(what_ends_in_a_number_and_is_no_address_is_refused_and_never_a_name) {
  refused("IPv4", {"256.0.0.1",  "1.2.3.256",
                   "1.2.65536",  "1.16777216",
                   "4294967296", "0x100000000",
                   "1.2.3.4.5",  "08",
                   "09.0.0.1",   "0.0.0.08",
                   "1..2",       "1.2..4",
                   "..1",        ".1",
                   "a.1",        "example.0x1",
                   "example.0x", "foo.09",
                   "1.2.3.4.5.", "0xg.1",
                   "1.-1.1",     "99999999999999999999999999",
                   "1_0.1"});
}

BOOST_AUTO_TEST_CASE(other_names_stay_names) {
  becomes({{"Example.ORG", "example.org"},
           {"example.org.", "example.org."},
           {"1.2.3.4.example", "1.2.3.4.example"},
           {"0x7f.1.a", "0x7f.1.a"},
           {"0xg", "0xg"},
           {"0x7f.0x1g", "0x7f.0x1g"},
           {"1.2.3.4a", "1.2.3.4a"},
           {"1e3", "1e3"},
           {"1.1e3", "1.1e3"},
           {"xn--bcher-kva.example", "xn--bcher-kva.example"},
           {"a_b~c-.d", "a_b~c-.d"},
           {"-", "-"}});
}

BOOST_AUTO_TEST_CASE(percent_encoded_characters_of_a_name_are_read_as_themselves) {
  becomes({{"ex%61mple.%4fRG", "example.org"},
           {"%31%32%37.1", "127.0.0.1"},
           {"127%2e0%2E0.1", "127.0.0.1"},
           {"0%78%37f.1", "127.0.0.1"}});
  refused("percent-encoded",
          {"a%00b", "a%2fb", "a%40b", "a%3a80", "a%25b", "a%2561", "%5b::1%5d", "a%20b", "a%0db", "a%7fb"});
}

BOOST_AUTO_TEST_CASE(nothing_else_is_a_host) {
  refused("empty label", {".", "..", ".a", "a..b", "a..", "..a"});
  refused("no name holds", {"a!b", "a$b", "a&b", "a'b", "a(b", "a*b", "a+b", "a,b", "a;b", "a=b", "a]b", "a{b", "a|b"});
  refused("characters", {std::string(254, 'a'), std::string(500, 'a') + "."});
  BOOST_TEST(!parse_host(""));
  for (auto text : {"a b", "a/b", "a?b", "a#b", "a@b", "a:b", "a<b", "a\\b", "a^b", "a%b", "a%4", "a\x01", "a\x7f"})
    BOOST_TEST(!parse_host(text), text);
  BOOST_TEST(!parse_host(std::string_view{"a\0b", 3}));
  BOOST_TEST(parse_host(std::string(253, 'a') + ".").problem.empty());
}

BOOST_AUTO_TEST_CASE(a_name_outside_ascii_becomes_what_the_dns_holds) {
  becomes({{"b\xc3\xbc"
            "cher.example",
            "xn--bcher-kva.example"},
           {"b%C3%BCcher.EXAMPLE", "xn--bcher-kva.example"},
           {"B\xc3\x9c"
            "CHER.example.",
            "xn--bcher-kva.example."},
           {"bu\xcc\x88"
            "cher.example",
            "xn--bcher-kva.example"},          // a combining diaeresis
           {"fa\xc3\x9f.de", "xn--fa-hia.de"}, // non-transitional
           {"\xe2\x98\x83.net", "xn--n3h.net"},
           {"a%ef%bc%8eb", "a.b"}, // a full-width dot
           {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1", "127.0.0.1"}});
  BOOST_TEST(parse_host("B%C3%BCcher").written
             == "b\xc3\xbc"
                "cher");
  BOOST_TEST(parse_host("xn--bcher-kva").written.empty());
}

BOOST_AUTO_TEST_CASE(a_name_outside_ascii_that_is_none_is_refused) {
  refused("IDNA", {"\xff.example", "a%ff", "-\xc3\xbc-.de", "\xcd\xb8.de"}); // bad UTF-8, hyphens, unassigned
  refused("stands for one that no name holds", {"a\xef\xbc\x8f"
                                                "b", // full-width '/'
                                                "a\xef\xbc\x85"
                                                "2fb", // '%'
                                                "a\xef\xbc\xa0"
                                                "b"}); // '@'
  refused("empty label", {"\xc3\xbc..a"});
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_has_one_text) {
  becomes({{"[::]", "::"},
           {"[::1]", "::1"},
           {"[1::]", "1::"},
           {"[0:0:0:0:0:0:0:0]", "::"},
           {"[0000:0000:0000:0000:0000:0000:0000:0001]", "::1"},
           {"[2001:DB8:0:0:1:0:0:1]", "2001:db8::1:0:0:1"},    // the first of two runs
           {"[2001:db8:0:1:1:1:1:1]", "2001:db8:0:1:1:1:1:1"}, // one zero alone is written
           {"[2001:db8::1:1:1:1:1]", "2001:db8:0:1:1:1:1:1"},
           {"[1:0:0:2:0:0:0:3]", "1:0:0:2::3"}, // the longest
           {"[1:2:3:4:5:6:0:0]", "1:2:3:4:5:6::"},
           {"[0:0:3:4:5:6:7:8]", "::3:4:5:6:7:8"},
           {"[::ffff:127.0.0.1]", "::ffff:7f00:1"},
           {"[0:0:0:0:0:ffff:7F00:0001]", "::ffff:7f00:1"},
           {"[::1.2.3.4]", "::102:304"},
           {"[64:ff9b::192.0.2.33]", "64:ff9b::c000:221"},
           {"[1:2:3:4:5:6:1.2.3.4]", "1:2:3:4:5:6:102:304"}});
  refused("IPv6", {"[]", "[", "[::1", "[1.2.3.4]", "[127.1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25]", "[v1.x]",
                   "[::0x1]", "[::ffff:127.1]", "[::ffff:0177.0.0.1]", "[::ffff:256.0.0.1]", "[::%31]", "[::1]x"});
}

BOOST_AUTO_TEST_CASE(random_ipv6_addresses_read_as_this_machine_reads_and_writes_them) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random{seed};
  for (int i = 0; i < 2000; ++i) {
    std::array<unsigned char, 16> bytes{};
    for (std::size_t j = 0; j < 16; j += 2)
      if (random() % 2 == 0) {
        bytes[j] = static_cast<unsigned char>(random() % 3 == 0 ? random() : 0);
        bytes[j + 1] = static_cast<unsigned char>(random());
      }
    bytes[0] = 0x20; // not one of the ranges that inet_ntop() writes with a dotted quad
    char text[INET6_ADDRSTRLEN];
    BOOST_REQUIRE(inet_ntop(AF_INET6, bytes.data(), text, sizeof text));
    const auto groups = parse_ipv6(text);
    BOOST_REQUIRE(groups);
    for (std::size_t j = 0; j < 8; ++j)
      BOOST_TEST((*groups)[j] == bytes[2 * j] * 256 + bytes[2 * j + 1]);
    BOOST_TEST(sluice::uri::ipv6_text(*groups) == text);
  }
}

// What a resolver takes for an address without asking anybody is a dotted quad for whoever vets the host, or refused.
BOOST_AUTO_TEST_CASE(no_host_is_a_name_for_us_and_an_address_for_the_resolver) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random{seed};
  constexpr std::string_view parts[] = {"0",    "1",  "127", "255", "256",   "0177",       "08",
                                        "0x7f", "0x", "0X1", "00",  "65536", "4294967295", "4294967296",
                                        "a",    "",   "0xg", "1e1", "%30",   "%78",        "."};
  int addresses = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text{parts[random() % std::size(parts)]};
    for (auto n = random() % 5; n > 0; --n)
      text.append(random() % 8 == 0 ? "" : ".").append(parts[random() % std::size(parts)]);
    const auto host = parse_host(text);
    const auto read = resolver_reads(text);
    if (!host)
      continue;
    addresses += read.empty() ? 0 : 1;
    BOOST_TEST((read.empty() || read == host.text),
               text << " is " << host.text << " for us, " << read << " for others");
    const auto again = resolver_reads(host.text); // of what the resolver is really given
    BOOST_TEST((again.empty() || again == host.text), host.text << " is " << again << " for the resolver");
  }
  BOOST_TEST(addresses > 1000);
}

BOOST_AUTO_TEST_CASE(an_authority_is_a_host_and_perhaps_a_port_in_one_reading) {
  const std::pair<const char*, const char*> table[] = {{"h", "h"},
                                                       {"H:80", "h:80"},
                                                       {"h:", "h"},
                                                       {"h:00080", "h:80"},
                                                       {"127.1:8080", "127.0.0.1:8080"},
                                                       {"[::1]", "[::1]"},
                                                       {"[::01]:443", "[::1]:443"},
                                                       {"[::1]:", "[::1]"},
                                                       {"ex%61mple:1", "example:1"},
                                                       {"h:65535", "h:65535"}};
  for (const auto& [text, expected] : table) {
    const auto canonical = canonical_authority(text);
    BOOST_TEST((canonical && *canonical == expected), text << " became " << canonical.value_or("nothing"));
  }
  for (auto text : {"",       ":80",          "h:65536",       "h:80:80", "::1",      "[::1", "[::1]80", "[::1]:x",
                    "h:-1",   "h:+1",         "h:8 0",         "u@h",     "u:p@h:80", "h/",   "h?",      "a,b",
                    "h:80@g", "1.2.3.4.5:80", "[::1%25lo]:80", "h:0x50",  " h",       "h "})
    BOOST_TEST(!canonical_authority(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
