// Claims about self-signed certificates and the table of resumable sessions.
#include "tls_pair.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::tls;

BOOST_AUTO_TEST_SUITE(tls_certificate)

BOOST_AUTO_TEST_CASE(each_certificate_has_a_key_of_its_own) {
  auto a = must(make_self_signed({"localhost"})), b = must(make_self_signed({"localhost"}));
  BOOST_TEST(a.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
  BOOST_TEST(a.key_pem.starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
  BOOST_TEST(a.key_pem != b.key_pem);
  auto crossed = showing(a);
  crossed.key_pem = b.key_pem;
  BOOST_TEST(!server_context::make(crossed));
}

BOOST_AUTO_TEST_CASE(every_name_given_is_one_that_a_client_accepts) {
  std::vector<std::string> names{"localhost", "10.1.2.3", "fe80::1", "2001:db8::ff", std::string(63, 'a') + ".test"};
  for (int i = 0; i < 40; ++i)
    names.push_back("host-" + std::to_string(i) + ".example.test");
  auto identity = must(make_self_signed(names));
  auto client = must(client_context::make(trusting(identity)));
  auto server = must(server_context::make(showing(identity)));
  for (auto& name : names)
    BOOST_TEST(tls::pair(*client, *server, name).shake(), name);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_made_is_refused) {
  auto code = [](std::vector<std::string> names, int days = 1) {
    return make_self_signed(std::move(names), days).error().code;
  };
  BOOST_TEST((code({}) == errc::invalid_configuration));
  BOOST_TEST((code({""}) == errc::invalid_configuration));
  BOOST_TEST((code({std::string(300, 'a')}) == errc::invalid_configuration));
  BOOST_TEST((code({"localhost"}, 0) == errc::invalid_configuration));
  BOOST_TEST((code(std::vector<std::string>(100, std::string(200, 'a'))) == errc::invalid_configuration));
}

BOOST_AUTO_TEST_SUITE_END()
