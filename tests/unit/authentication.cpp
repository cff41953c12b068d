// Authorization values: what RFC 7617 and RFC 6750 write, and what cannot be written.
#include <sluice/protocols/policy/authentication.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(authentication)

BOOST_AUTO_TEST_CASE(basic_credentials_are_those_of_the_rfc) {
  BOOST_TEST(*policy::basic_credentials("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  BOOST_TEST(*policy::basic_credentials("test", "123\xC2\xA3") == "Basic dGVzdDoxMjPCow=="); // section 2.1: UTF-8
  BOOST_TEST(*policy::basic_credentials("", "") == "Basic Og==");
  BOOST_TEST(*policy::basic_credentials("u", "a:b") == "Basic dTphOmI="); // a password may have colons
}

BOOST_AUTO_TEST_CASE(credentials_that_cannot_be_sent_are_refused_without_repeating_them) {
  const std::pair<std::string, std::string> pairs[] = {{"hidden:1", "hidden2"},
                                                       {"hidden\n", "hidden2"},
                                                       {"hidden", std::string("hidden\0", 7)},
                                                       {"hidden", "\x7fhidden"}};
  for (const auto& [user, password] : pairs) {
    const auto made = policy::basic_credentials(user, password);
    BOOST_TEST_REQUIRE(!made);
    BOOST_TEST((made.error().code == errc::invalid_request));
    BOOST_TEST(made.error().detail.find("hidden") == std::string::npos);
  }
  for (const std::string token : {"", "==", "hid den", "Bearer hidden", "hidden\r\nX: y", "hid=den", "hidd\xC3\xA9n"}) {
    const auto made = policy::bearer_credentials(token);
    BOOST_TEST_REQUIRE(!made, token);
    BOOST_TEST((made.error().code == errc::invalid_request));
    BOOST_TEST(made.error().detail.find("hid") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(bearer_tokens_are_sent_as_they_are) {
  for (const std::string token : {"mF_9.B5f-4.1JqM", "a~b+c/d==", "x"})
    BOOST_TEST(*policy::bearer_credentials(token) == "Bearer " + token);
}

BOOST_AUTO_TEST_CASE(fields_that_are_shown_have_no_credentials) {
  const auto shown = policy::without_secrets({{"Authorization", "hidden"},
                                              {"proxy-authorization", "hidden"},
                                              {"COOKIE", "hidden"},
                                              {"cookie", "hidden2"},
                                              {"X-Other", "shown"}});
  BOOST_TEST(shown.size() == 5u);
  BOOST_TEST(shown.combined("cookie") == "[not shown], [not shown]");
  BOOST_TEST(shown.combined("authorization") == "[not shown]");
  BOOST_TEST(shown.combined("proxy-authorization") == "[not shown]");
  BOOST_TEST(shown.combined("x-other") == "shown");
}

BOOST_AUTO_TEST_CASE(base64_has_the_test_vectors_of_its_rfc) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xff\xfe\xfb", "//77"}};
  for (const auto& [bytes, text] : vectors)
    BOOST_TEST(policy::base64(bytes) == text);
}

BOOST_AUTO_TEST_SUITE_END()
