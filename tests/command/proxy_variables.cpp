// Variables of the environment that name a proxy, and what -v says of them.
#include "../../deploy/command/proxy_variables.hpp"
#include "exchanged.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace command_test;
using sluice::command::ignored_proxy_variables;

namespace {

using names = std::vector<std::string>;

names ignored(const names& urls, const names& set) {
  return ignored_proxy_variables(
      urls, [&](const char* name) { return std::find(set.begin(), set.end(), name) != set.end(); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(proxy_variables)

BOOST_AUTO_TEST_CASE(a_variable_is_that_of_the_urls_scheme_as_in_curl) {
  const names all{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  BOOST_TEST(ignored({"http://a/"}, all) == names{"http_proxy"}, boost::test_tools::per_element());
  BOOST_TEST(ignored({"HTTPS://a/"}, all) == names{"https_proxy"}, boost::test_tools::per_element());
  BOOST_TEST(ignored({"https://a/"}, {"HTTPS_PROXY"}) == names{"HTTPS_PROXY"}, boost::test_tools::per_element());
  BOOST_TEST(ignored({"http://a/"}, {"HTTP_PROXY", "https_proxy"}).empty());
  BOOST_TEST(ignored({"http://a/", "https://a/", "http://b/"}, {"ALL_PROXY"}) == names{"ALL_PROXY"},
             boost::test_tools::per_element());
  BOOST_TEST(ignored({}, all).empty());
}

BOOST_AUTO_TEST_CASE(verbose_tells_once_that_a_proxy_is_not_used_and_not_which) {
  ::setenv("http_proxy", "http://me:hidden@127.0.0.1:1/", 1);
  const auto quiet = exchanged({});
  const auto told = exchanged({"-v"});
  ::unsetenv("http_proxy");
  BOOST_TEST(quiet.got.status == 0);
  BOOST_TEST(quiet.got.err == "");
  BOOST_TEST(told.got.status == 0);
  BOOST_TEST(told.got.err.starts_with("* http_proxy is set, but not used: sluice has no proxies yet\n"), told.got.err);
  BOOST_TEST(told.got.err.find("hidden") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
