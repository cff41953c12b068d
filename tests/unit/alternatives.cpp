#include <sluice/protocols/http/alternatives.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const http::wall_time start{std::chrono::seconds{1'800'000'000}};
const std::string origin = "https://example.org:443";

} // namespace

BOOST_AUTO_TEST_SUITE(alternatives)

BOOST_AUTO_TEST_CASE(fields_are_taken_apart) {
  struct expected {
    const char* host;
    int port, age;
  };
  const std::pair<const char*, expected> good[] = {
      {"h3=\":443\"", {"", 443, 86400}},
      {"h3=\":8443\"; ma=60", {"", 8443, 60}},
      {"h3=\"alt.example.org:444\";ma=3600;persist=1", {"alt.example.org", 444, 3600}},
      {" h2=\":443\" , h3-29=\":443\", h3=\":445\"; ma=\"5\"; unknown=x", {"", 445, 5}},
      {"h3=\"[2001:db8::1]:443\"", {"2001:db8::1", 443, 86400}},
      {",, h3=\":443\",", {"", 443, 86400}},
      {"h3=\":4\\43\"", {"", 443, 86400}},
  };
  for (const auto& [text, service] : good)
    BOOST_TEST_CONTEXT(text) {
      const auto got = http::parse_alt_svc(text);
      BOOST_TEST_REQUIRE((got && got->http3.size() == 1 && !got->clear));
      BOOST_TEST(got->http3[0].host == service.host);
      BOOST_TEST(got->http3[0].port == service.port);
      BOOST_TEST(got->http3[0].max_age.count() == service.age);
    }
  BOOST_TEST(http::parse_alt_svc("clear")->clear);
  BOOST_TEST(http::parse_alt_svc(" clear ")->clear);
  BOOST_TEST(!http::parse_alt_svc("clear-x=\":443\"")->clear);
  BOOST_TEST(http::parse_alt_svc("h2=\":443\"")->http3.empty());
}

BOOST_AUTO_TEST_CASE(malformed_fields_say_nothing) {
  for (const char* text :
       {"h3", "h3=443", "h3=\"443\"", "h3=\":0\"", "h3=\":65536\"", "h3=\":443", "h3=\":443\"; ma",
        "h3=\":443\"; ma=-1", "h3=\":443\"; ma=x", "h3=\":443\" h2=\":443\"", "=\":443\"", "clear, h3=\":443\"",
        "cleared", "h3=\"a/b:443\"", "h3=\"user@host:443\"", "h3=\"[::1:443\""})
    BOOST_TEST_CONTEXT(text)
  BOOST_TEST(!http::parse_alt_svc(text));
}

BOOST_AUTO_TEST_CASE(what_was_learnt_lasts_as_long_as_it_says) {
  http::alternative_services services;
  BOOST_TEST(!services.find(origin, start));
  BOOST_TEST(services.learn(origin, "h3=\":443\"; ma=60", start));
  BOOST_TEST(!services.learn(origin, "h3=\":443\"; ma=60", start + 1s)); // nothing new
  BOOST_TEST((services.find(origin, start + 60s) && services.find(origin, start + 60s)->port == 443));
  BOOST_TEST(!services.find(origin, start + 61s));
  BOOST_TEST(!services.find("https://example.org:444", start));
}

BOOST_AUTO_TEST_CASE(a_lifetime_that_is_renewed_again_and_again_is_saved_now_and_then) {
  http::alternative_services services;
  int saved = 0;
  for (auto now = start; now < start + 3600s; now += 10s)
    saved += services.learn(origin, "h3=\":443\"; ma=400", now);
  BOOST_TEST(saved == 36); // every 100 s
}

BOOST_AUTO_TEST_CASE(a_field_replaces_what_was_told_before) {
  for (const char* text : {"clear", "h2=\":443\"", "h3=\":443\"; ma=0"}) {
    http::alternative_services services;
    services.learn(origin, "h3=\":443\"", start);
    BOOST_TEST(services.learn(origin, text, start));
    BOOST_TEST(!services.find(origin, start));
  }
  http::alternative_services services;
  services.learn(origin, "h3=\":443\"", start);
  BOOST_TEST(!services.learn(origin, "rubbish", start));
  BOOST_TEST(services.find(origin, start).has_value());
}

BOOST_AUTO_TEST_CASE(what_failed_is_left_alone_the_longer_the_more_often) {
  http::alternative_services services;
  services.learn(origin, "h3=\":443\"; ma=1000000", start);
  services.failed(origin, start);
  BOOST_TEST(
      (services.blocked(origin, start) && !services.find(origin, start + 59s) && services.find(origin, start + 60s)));
  services.failed(origin, start);
  BOOST_TEST((!services.find(origin, start + 119s) && services.find(origin, start + 120s)));
  for (int i = 0; i < 20; ++i)
    services.failed(origin, start);
  BOOST_TEST((!services.find(origin, start + 3599s) && services.find(origin, start + 3600s)));
  services.worked(origin);
  BOOST_TEST(services.find(origin, start).has_value());
  services.failed(origin, start);
  BOOST_TEST(services.find(origin, start + 60s).has_value());
}

BOOST_AUTO_TEST_CASE(it_is_kept_as_text_and_read_again) {
  http::alternative_services services, restored;
  services.learn(origin, "h3=\":443\"; ma=100; persist=1", start);
  services.learn("https://[::1]:8443", "h3=\"alt.example.org:444\"; ma=100", start);
  services.learn("https://old.example.org:443", "h3=\":443\"; ma=1", start - 10s);
  const auto text = services.to_text(start);
  BOOST_TEST(text.find("old.example.org") == std::string::npos);
  BOOST_TEST(!restored.add_text("# a comment\n\n" + text));
  BOOST_TEST(restored.to_text(start) == text);
  BOOST_TEST((restored.find(origin, start + 99s) && restored.find(origin, start + 99s)->host.empty()
              && !restored.find(origin, start + 101s)));
  BOOST_TEST(restored.find("https://[::1]:8443", start)->host == "alt.example.org");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_wrong_says_where) {
  const std::pair<const char*, const char*> bad[] = {
      {"h2 example.org 443 h3", "not nine words"},
      {"h2 example.org 443 h3 example.org 443 \"20300101 00:00:00\" 0 0\nh2 a b h3 c d \"20300101 00:00:00\" 0 0",
       "line 2"},
      {"h2 example.org 443 h3 example.org 443 \"yesterday\" 0 0", "no date"},
      {"h2 example.org 0 h3 example.org 443 \"20300101 00:00:00\" 0 0", "no host and port"},
      {"h2 example.org 443 h3 example.org 443 \"30200101 00:00:00\" 0 0", "no date"},
  };
  for (const auto& [text, said] : bad)
    BOOST_TEST_CONTEXT(text) {
      http::alternative_services services;
      const auto problem = services.add_text(text);
      BOOST_TEST((problem.code == errc::invalid_configuration));
      BOOST_TEST(problem.detail.find(said) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
  http::alternative_services services;
  for (int i = 0; i < 3000; ++i)
    services.learn("https://host" + std::to_string(i) + ":443", "h3=\":443\"; ma=" + std::to_string(1000 + i), start);
  const auto text = services.to_text(start);
  BOOST_TEST(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'))
             == http::alternative_services::origins_max);
  BOOST_TEST((services.find("https://host2999:443", start) && !services.find("https://host0:443", start)));
}

BOOST_AUTO_TEST_CASE(hosts_have_one_text_in_fields_and_in_files) {
  const std::pair<const char*, const char*> table[] = {{"h3=\"Other.Example:1\"", "other.example"},
                                                       {"h3=\"0x7f.1:1\"", "127.0.0.1"},
                                                       {"h3=\"2130706433:1\"", "127.0.0.1"},
                                                       {"h3=\"[0:0::1]:1\"", "::1"},
                                                       {"h3=\":1\"", ""}};
  for (const auto& [text, host] : table) {
    const auto got = http::parse_alt_svc(text);
    BOOST_TEST((got && got->http3.size() == 1 && got->http3.front().host == host), text);
  }
  for (auto text : {"h3=\"1.2.3.4.5:1\"", "h3=\"[::1%25lo]:1\"", "h3=\"a..b:1\"", "h3=\"a@b:1\"", "h3=\"[::1:1\""})
    BOOST_TEST(!http::parse_alt_svc(text), text);
  http::alternative_services services;
  const auto now = std::chrono::system_clock::from_time_t(1'000'000'000);
  BOOST_TEST(!services.add_text(
      "h2 [0::1] 0443 h3 ::ffff:127.0.0.1 444 \"20330101 00:00:00\" 0 0\n")); // as to_text() writes IPv6
  BOOST_REQUIRE(services.find("https://[::1]:443", now));
  BOOST_TEST(services.find("https://[::1]:443", now)->host == "::ffff:7f00:1");
  http::alternative_services again;
  BOOST_TEST(!again.add_text(services.to_text(now)));
  BOOST_TEST(again.to_text(now) == services.to_text(now));
}

BOOST_AUTO_TEST_SUITE_END()
