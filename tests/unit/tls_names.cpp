#include <sluice/protocols/tls/names.hpp>

#include <boost/test/unit_test.hpp>

using sluice::tls::name_matches;

BOOST_AUTO_TEST_SUITE(tls_names)

BOOST_AUTO_TEST_CASE(a_name_holds_for_itself_and_a_wildcard_for_one_label) {
  BOOST_TEST(name_matches("example.org", "example.org"));
  BOOST_TEST(name_matches("EXAMPLE.org", "example.ORG"));
  BOOST_TEST(name_matches("example.org", "example.org."));
  BOOST_TEST(name_matches("*.example.org", "www.example.org"));
  BOOST_TEST(name_matches("127.0.0.1", "127.0.0.1"));
}

BOOST_AUTO_TEST_CASE(a_name_holds_for_nothing_else) {
  for (const char* host : {"", ".", "www.example.org", "xample.org", "example.orgs"})
    BOOST_TEST(!name_matches("example.org", host), host);
  for (const char* host : {"example.org", "a.b.example.org", ".example.org", "wwwexample.org"})
    BOOST_TEST(!name_matches("*.example.org", host), host);
  BOOST_TEST(!name_matches("*.org", "example.org"));
  BOOST_TEST(!name_matches("*", "example"));
  BOOST_TEST(!name_matches("w*.example.org", "www.example.org"));
  BOOST_TEST(!name_matches("", ""));
}

BOOST_AUTO_TEST_SUITE_END()
